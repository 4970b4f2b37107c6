"""What an order decides. Pure: contracts, the kernel's words and the standard library."""
