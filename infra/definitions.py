"""The topology in the form that RabbitMQ itself imports and exports: a broker is made again from it before anything runs."""

from __future__ import annotations

from typing import Any

from infra.topology import Topology


def definitions(topology: Topology, vhost: str) -> dict[str, Any]:
    """For `rabbitmqctl import_definitions` or the management API. It has no users: `hikyaku migrate` makes those."""
    lasting = {"vhost": vhost, "durable": True, "auto_delete": False}
    return {
        "vhosts": [{"name": vhost}],
        "exchanges": [
            {"name": one.name, **lasting, "type": one.type, "internal": False, "arguments": dict(one.arguments)}
            for one in topology.exchanges
        ],
        "queues": [{"name": one.name, **lasting, "arguments": dict(one.arguments)} for one in topology.queues],
        "bindings": [
            {
                "source": one.source,
                "vhost": vhost,
                "destination": one.target,
                "destination_type": "exchange" if one.exchange else "queue",
                "routing_key": one.key,
                "arguments": {},
            }
            for one in topology.bindings
        ],
    }
