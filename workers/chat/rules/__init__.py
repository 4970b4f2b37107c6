"""What chat decides. Pure: contracts, the words of a decision and the standard library."""
