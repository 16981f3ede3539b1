"""Keep posts in SQLite or PostgreSQL and give them back as frames."""
