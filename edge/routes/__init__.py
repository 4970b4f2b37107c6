"""One module per domain; each declares `routes`. The application finds them by folder."""
