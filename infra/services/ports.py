"""Free TCP ports on 127.0.0.1, below the range from which the system takes ports for outgoing connections."""

from __future__ import annotations

import random
import socket

LOW, HIGH = 20_000, 32_000


def free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def some(count: int) -> list[int]:
    """That many different ports which nobody listens on now. Raises OSError when there are not enough."""
    found: list[int] = []
    for port in random.sample(range(LOW, HIGH), HIGH - LOW):
        if free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError(f"fewer than {count} free ports between {LOW} and {HIGH}")
