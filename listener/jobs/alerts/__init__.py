"""Alerts: what is worth telling at once, who is told, and what became of it."""
