"""Where the tests' RabbitMQ and PostgreSQL come from.

1. HIKYAKU_AMQP_URL, HIKYAKU_MANAGEMENT_URL and HIKYAKU_DATABASE_URL when they are set;
2. containers (testcontainers) when HIKYAKU_TEST_CONTAINERS=1, of HIKYAKU_RABBITMQ_IMAGE and HIKYAKU_POSTGRES_IMAGE;
3. private instances under `<home>/test`; those that the tests started, they stop.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from yarl import URL

from infra import services
from infra.services.rabbitmq import RabbitMQ
from infra.settings import Settings

RABBITMQ_IMAGE = os.environ.get("HIKYAKU_RABBITMQ_IMAGE", "rabbitmq:4-management")
POSTGRES_IMAGE = os.environ.get("HIKYAKU_POSTGRES_IMAGE", "postgres:17")


@dataclass(frozen=True)
class Servers:
    """`broker_metrics` is where RabbitMQ's own numbers are."""

    amqp_url: str
    management_url: str
    database_url: str
    broker_metrics: str


@contextmanager
def servers_for_tests() -> Iterator[Servers]:
    given = Settings()
    if given.amqp_url and given.database_url:
        usual = f"http://{URL(given.amqp_url).host}:15692/metrics"
        yield Servers(given.amqp_url, given.management_url, given.database_url, usual)
    elif os.environ.get("HIKYAKU_TEST_CONTAINERS") == "1":
        with _containers() as found:
            yield found
    else:
        with _private(given) as found:
            yield found


@contextmanager
def _private(given: Settings) -> Iterator[Servers]:
    """The last of the sessions that run side by side stops what the first of them started."""
    mine = given.model_copy(update={"home": given.folder / "test"})
    mine.folder.mkdir(parents=True, exist_ok=True)
    ours = mine.folder / "started-by-tests"
    with open(mine.folder / "tests.lock", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        services.install(mine, say=print)
        started = services.start(mine, say=print)
        if started.names:
            ours.write_text(" ".join(started.names))
        found = started.settings
        try:
            numbers = f"http://127.0.0.1:{RabbitMQ(found).port('prometheus')}/metrics"
            yield Servers(found.amqp_url, found.management_url, found.database_url, numbers)
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if ours.exists():
                    services.stop(mine, ours.read_text().split(), say=print)
                    ours.unlink()


@contextmanager
def _containers() -> Iterator[Servers]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import wait_for_logs

    plugins = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange]."
    enable = f"echo '{plugins}' > /etc/rabbitmq/enabled_plugins && exec docker-entrypoint.sh rabbitmq-server"
    broker = DockerContainer(RABBITMQ_IMAGE).with_exposed_ports(5672, 15672, 15692).with_command(["sh", "-c", enable])
    broker.with_env("RABBITMQ_DEFAULT_USER", "test").with_env("RABBITMQ_DEFAULT_PASS", "test")
    database = DockerContainer(POSTGRES_IMAGE).with_exposed_ports(5432).with_env("POSTGRES_PASSWORD", "test")
    database.with_command(["postgres", "-c", "max_connections=300"])
    with broker, database:
        wait_for_logs(broker, "Server startup complete", timeout=120)
        wait_for_logs(database, "PostgreSQL init process complete", timeout=120)
        mq, pg = broker.get_container_host_ip(), database.get_container_host_ip()
        yield Servers(
            f"amqp://test:test@{mq}:{broker.get_exposed_port(5672)}/",
            f"http://test:test@{mq}:{broker.get_exposed_port(15672)}",
            f"postgresql://postgres:test@{pg}:{database.get_exposed_port(5432)}/postgres",
            f"http://{mq}:{broker.get_exposed_port(15692)}/metrics",
        )
