"""What media_command decides. Pure: contracts, the words of a decision and the standard library."""
