"""What notification decides. Pure: contracts, the words of a decision and the standard library.

Each file with a `source` says what one other domain's events mean to whom; the domain finds these files by itself.
"""
