"""The rows of the matrix that are run, a file for each part of it; `LEFT_OUT` names the others with the reason."""

from tests.chaos.faults import broker, clock, database, messages, processes, restore, trouble

__all__ = ["LEFT_OUT", "broker", "clock", "database", "messages", "processes", "restore", "trouble"]

LEFT_OUT = {
    "B15": "minority and majority loss need three nodes; one node is what runs here",
    "D7": "a standby is PostgreSQL's own machinery; a restored database (X1) shows the same divergence",
    "D8": "as D7",
    "W7": "projections are tested by their rebuild",
    "W9": "an address space limit ends a process like SIGKILL does (W1 … W3)",
    "R4": "a frozen worker's relay is frozen with it (W8)",
    "R5": "tests/infra/test_relay.py: a letter nobody takes does not hold up the others",
    "E2": "tests/edge: many requests at once under one key",
    "E3": "tests/edge: the same key with another body",
    "E4": "tests/edge/test_files.py: cut off, too large, dripping, disguised",
    "E5": "tests/edge/test_socket.py: a connection that was lost goes on where it ended",
    "E6": "tests/edge/test_security.py",
    "E7": "limits are counted in memory; there is no store to lose",
    "M1b": "tests/infra/test_delivery.py: a message that kills the process takes nobody with it",
    "M8": "tests/platform/test_access.py",
    "U2": "tests/contracts: old bytes are read by new code, and a breaking change is refused",
    "U3": "tests/platform/test_migrations.py",
}
