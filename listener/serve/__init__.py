"""Show reports and the work list in a browser; nothing here ever writes."""
