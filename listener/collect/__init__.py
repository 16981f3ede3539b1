"""Bring posts in: parsers of what the platforms say, and readers of archive files."""
