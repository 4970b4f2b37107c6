"""Makes the broker look as `topology` says, and tells where it does not. Needs an administrator's address."""

from __future__ import annotations

from collections.abc import Iterable

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from aio_pika.exceptions import AMQPError, ChannelClosed

from infra.errors import KernelError
from infra.topology import HASH, Binding, Exchange, Queue, Topology


class PluginMissing(KernelError):
    """The broker has no consistent-hash exchange; the text says how to get it."""


class Differs(KernelError):
    """Something exists under that name with other, immutable arguments."""


async def check_plugin(url: str) -> None:
    """On a connection of its own, for declaring a missing exchange type closes the whole connection."""
    connection = await aio_pika.connect(url, timeout=10)
    try:
        channel = await connection.channel()
        probe = await channel.declare_exchange("hikyaku.probe", HASH, auto_delete=True, durable=False, timeout=10)
        await probe.delete(timeout=10)
    except (AMQPError, OSError, TimeoutError):
        raise PluginMissing(
            "RabbitMQ lacks the consistent-hash exchange; run `rabbitmq-plugins enable rabbitmq_consistent_hash_exchange`"
        ) from None
    finally:
        await connection.close()


async def apply(topology: Topology, url: str) -> None:
    """Declares everything; what is there already stays. Raises PluginMissing, Differs, or what the connection says."""
    if any(exchange.type == HASH for exchange in topology.exchanges):
        await check_plugin(url)
    connection = await aio_pika.connect(url, timeout=10)
    async with connection:
        channel = await connection.channel()
        try:
            exchanges = {one.name: await _exchange(channel, one) for one in topology.exchanges}
            queues = {one.name: await _queue(channel, one) for one in topology.queues}
        except ChannelClosed as error:
            raise Differs(f"the broker has it with other arguments; delete it there first: {error}") from None
        for binding in topology.bindings:
            target = exchanges[binding.target] if binding.exchange else queues[binding.target]
            await target.bind(binding.source, binding.key, timeout=10)


async def missing_queues(queues: Iterable[Queue], url: str) -> list[Queue]:
    """Those that the broker does not have."""
    gone: list[Queue] = []
    connection = await aio_pika.connect(url, timeout=10)
    async with connection:
        for queue in queues:
            channel = await connection.channel()
            try:
                await channel.declare_queue(queue.name, passive=True, timeout=10)
            except ChannelClosed:
                gone.append(queue)
            else:
                await channel.close()
    return gone


async def _exchange(channel: AbstractChannel, wanted: Exchange) -> AbstractExchange:
    return await channel.declare_exchange(
        wanted.name, wanted.type, durable=True, arguments=dict(wanted.arguments) or None, timeout=10
    )


async def _queue(channel: AbstractChannel, wanted: Queue) -> AbstractQueue:
    return await channel.declare_queue(wanted.name, durable=True, arguments=dict(wanted.arguments), timeout=10)


def describe(binding: Binding) -> str:
    return f"{binding.source} → {binding.target} ({binding.key})"
