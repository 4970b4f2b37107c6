"""The same hop with other libraries: the same command, the same row, the same durable queues, the same event out.

Each peer runs as its own documentation tells, in two processes, and gets what it can guarantee: an inbox for all, since
each of them delivers at least once; an outbox only where its library has one. They are the optional group `bench` of the
dependencies (`requirements/install bench`), and who is not installed is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

COMMANDS, EVENTS = "peer.commands", "peer.events"
"""Queues, quorum and durable both."""
TOPIC = "toy.added.v1"

INBOX = "INSERT INTO peer_inbox (id) VALUES ({id}) ON CONFLICT DO NOTHING"
LOCK = "SELECT value FROM counter WHERE name = {name} FOR NO KEY UPDATE"
UPDATE = "UPDATE counter SET value = {value}, sequence = sequence + 1 WHERE name = {name}"


@dataclass(frozen=True, slots=True)
class Peer:
    """`module` sends with `python -m <module> send COUNT`; `worker` is a command that runs `processes` processes."""

    title: str
    needs: tuple[str, ...]
    module: str
    worker: tuple[str, ...]
    started: int
    guarantees: str

    @property
    def installed(self) -> bool:
        return all(find_spec(name) for name in self.needs)


_HERE = "infra.bench.peers"
PEERS = (
    Peer(
        "FastStream + SQLAlchemy + faststream-outbox", ("faststream_outbox",), f"{_HERE}.with_faststream",
        ("python", "-m", f"{_HERE}.with_faststream", "work"), 2, "inbox, outbox: no event is lost",
    ),
    Peer(
        "Celery", ("celery", "psycopg"), f"{_HERE}.with_celery",
        ("celery", "-A", f"{_HERE}.with_celery", "worker", "--concurrency", "2", "--loglevel", "ERROR", "--without-gossip",
         "--without-mingle", "--without-heartbeat"), 1, "inbox; no outbox: a crash between commit and publish loses the event",
    ),
    Peer(
        "Dramatiq", ("dramatiq", "psycopg"), f"{_HERE}.with_dramatiq",
        ("dramatiq", f"{_HERE}.with_dramatiq", "--processes", "2", "--threads", "8"), 1,
        "inbox; no outbox: a crash between commit and publish loses the event",
    ),
    Peer(
        "Taskiq", ("taskiq_aio_pika",), f"{_HERE}.with_taskiq",
        ("taskiq", "worker", f"{_HERE}.with_taskiq:broker", "--workers", "2", "--max-async-tasks", "64",
         "--ack-type", "when_executed", "--log-level", "WARNING"), 1,
        "inbox; no outbox: a crash between commit and publish loses the event",
    ),
)  # fmt: skip
