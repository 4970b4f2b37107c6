"""What can go wrong, and who hears of it.

* NotLoaded               a rule asked for rows the batch does not hold yet; only the kernel sees it
* Backwards               a table was needed after a later one was locked; the transaction starts again
* Fenced                  another process owns the lane now; nothing was written, the lane starts anew
* KernelError
  x InvalidMessage        cannot be read by this group: straight to the broker's dead letters, with its reason
  x BlindWrite            a rule saved an existing row that it had not read: this message alone fails
  x InvariantBroken       a rule saved a row whose invariant does not hold: this message alone fails
  x NotDeclared           a rule used a table, an aggregate or a command its group does not name
  x Late                  a query was not answered before its deadline
  x Overloaded            a bounded buffer is full; try again later
"""

from collections.abc import Iterable


class NotLoaded(BaseException):
    """Not an Exception, so that no `except Exception` in a rule can swallow it."""

    def __init__(self, kind: type, keys: Iterable[object]) -> None:
        self.kind, self.keys = kind, keys


class Backwards(Exception):
    pass


class Fenced(Exception):
    pass


class KernelError(Exception):
    pass


class InvalidMessage(KernelError):
    """`reason` is a stable word for dead letters and metrics; the text names no content of the message."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class BlindWrite(KernelError):
    pass


class InvariantBroken(KernelError):
    pass


class NotDeclared(KernelError):
    pass


class Late(KernelError):
    pass


class Overloaded(KernelError):
    pass


def explained(error: BaseException) -> str:
    """A broken constraint by its name, anything else by its place."""
    constraint = getattr(error, "constraint_name", None)
    return f"constraint {constraint}" if constraint else where(error)


def where(error: BaseException) -> str:
    """File, line and function of the last frames: enough to find the bug, nothing of the message."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-4:]))[:500]
