"""What cannot be had on this machine or on that server, in one sentence that says what to do about it."""

import errno

FULL = (errno.ENOSPC, errno.EDQUOT)


class Unavailable(Exception):
    """The text is for the person at the terminal; commands print it alone and exit with 1."""


def told(error: BaseException) -> str:
    """An error in words for that person; a full disk also says what helps."""
    if isinstance(error, OSError) and error.errno in FULL:
        return "The disk is full. Free some space, or set HIKYAKU_HOME to a folder on another disk, and start again."
    return str(error).strip("'\"") or type(error).__name__
