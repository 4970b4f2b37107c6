"""The rows of the matrix that are run, a file for each part of it; `LEFT_OUT` names the others with the reason."""

from tests.chaos.faults import broker, database, messages, processes

__all__ = ["LEFT_OUT", "broker", "database", "messages", "processes"]

LEFT_OUT = {
    "B14": "consumer timeout: RabbitMQ checks it once a minute and a lane acknowledges within seconds",
    "B15": "minority and majority loss need three nodes; one node is what runs here",
    "D5": "no two transactions lock rows in different orders; tests/infra provokes the order's single fresh start",
    "D6": "nothing runs SERIALIZABLE: invariants are constraints and locks",
    "D7": "a standby is PostgreSQL's own machinery; a restored database (X1) shows the same divergence",
    "D8": "as D7",
    "W7": "projections are tested by their rebuild",
    "W9": "an address space limit ends a process like SIGKILL does (W1 … W3)",
    "E2": "tests/edge: many requests at once under one key",
    "E3": "tests/edge: the same key with another body",
    "E6": "tests/edge/test_security.py",
    "E7": "limits are counted in memory; there is no store to lose",
    "M8": "tests/platform/test_access.py",
    "U2": "tests/contracts: old bytes are read by new code, and a breaking change is refused",
    "U3": "tests/platform/test_migrations.py",
}
