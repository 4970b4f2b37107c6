"""`hikyaku up`: servers, tables, queues and processes of one home, started in order, watched, and stopped together."""
