"""What media_query decides. Pure: contracts, the words of a decision and the standard library."""
