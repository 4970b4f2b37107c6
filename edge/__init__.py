"""The HTTP edge: turns requests into commands and queries, and tells how they fared. It opens no domain's database."""
