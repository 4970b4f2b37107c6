"""Sends a letter again to one domain alone, under its own id, so that the inbox of that domain decides what it means.

The exchanges `commands` and `events` would tell every listener once more. Writing past them needs the operator's user:
nobody else may write to a queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiormq.abc
from pamqp.commands import Basic

from infra import jobs
from infra.letter import Letter
from infra.publisher import Publisher
from infra.topology import COMMANDS, EVENTS, JOBS, Topology

PATIENCE = 30.0
"""Seconds within which the broker confirms what was sent at once."""


class Door:
    """The way into one domain. `topics` are what its lanes take, `work` the jobs that its job workers take."""

    def __init__(self, topology: Topology, domain: str) -> None:
        """Raises LookupError for a domain that has no queue."""
        lanes = f"{domain}.lanes"
        partitioned = any(one.name == lanes for one in topology.exchanges)
        if not partitioned and not any(one.name == domain for one in topology.queues):
            raise LookupError(f"There is no domain {domain}; there are: {', '.join(domains_of(topology))}.")
        self.domain, self.partitioned = domain, partitioned
        self._exchange, target = (lanes, lanes) if partitioned else ("", domain)
        self.topics = {one.key for one in topology.bindings if one.target == target and one.source in (COMMANDS, EVENTS)}
        self.work = {one.key for one in topology.bindings if one.target == f"{domain}.jobs"}

    def takes(self, topic: str) -> bool:
        return topic in self.topics or topic in self.work

    async def send(self, publisher: Publisher, letters: Sequence[Letter]) -> None:
        """Returns when all are confirmed. Raises what the publisher raises, then any of them may have arrived."""
        wire = await publisher.channel()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(self._publish(wire, one) for one in letters))

    async def send_raw(self, publisher: Publisher, topic: str, body: bytes, properties: Basic.Properties) -> None:
        """Bytes that nobody here could read; the domain may by now."""
        exchange, key = self._place(topic)
        await publisher.publish(exchange, key, body, properties, mandatory=True)

    async def _publish(self, wire: aiormq.abc.AbstractChannel, letter: Letter) -> None:
        headers = dict(letter.headers)
        exchange, key = self._place(letter.topic)
        properties = Basic.Properties(
            message_id=str(letter.id), message_type=letter.topic, correlation_id=headers.pop("correlation", None),
            content_type="application/json", delivery_mode=2, headers=headers,
        )  # fmt: skip
        body = jobs.encode(letter) if letter.topic in self.work else letter.body.encode()
        await wire.basic_publish(body, exchange=exchange, routing_key=key, properties=properties, mandatory=True)

    def _place(self, topic: str) -> tuple[str, str]:
        """Exchange and routing key that lead here and nowhere else."""
        if topic in self.work:
            return JOBS, topic
        return self._exchange, topic if self._exchange else self.domain


def domains_of(topology: Topology) -> list[str]:
    """Every domain has its own queue of dead letters."""
    return sorted({one.name.removesuffix(".dead") for one in topology.queues if one.name.endswith(".dead")})
