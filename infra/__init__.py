"""The kernel: how messages move. It knows no domain."""
