"""Show reports and the work list in a browser; only a reader's wish for no more mail is kept."""
