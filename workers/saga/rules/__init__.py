"""What saga decides. Pure: contracts, the words of a decision and the standard library."""
