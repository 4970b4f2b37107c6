"""What cannot be had on this machine or on that server, in one sentence that says what to do about it."""


class Unavailable(Exception):
    """The text is for the person at the terminal; commands print it alone and exit with 1."""
