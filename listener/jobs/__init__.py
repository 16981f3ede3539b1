"""The steps of the data flow, called in order; every command and schedule starts here."""
