"""What the event store decides. Pure: contracts, the words of a decision and the standard library."""
