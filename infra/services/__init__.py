"""Private RabbitMQ and PostgreSQL for one home: installed where they are missing, found running or started, and stopped again.

    install(settings, say=print)             # may ask on the terminal
    started = start(settings, say=print)     # started.settings names both servers, started.names what was started here
    stop(settings, started.names, say=print)

An instance belongs to its home: free ports of its own, on 127.0.0.1 only, with passwords, its data in the home. What is
set by HIKYAKU_*_URL is used as it is and never started or stopped.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from infra.services import containers, packages
from infra.services.folder import check_space
from infra.services.instance import Instance, Status, absent
from infra.services.postgres import Postgres
from infra.services.rabbitmq import RabbitMQ
from infra.settings import Settings
from infra.unavailable import Unavailable

__all__ = ["NAMES", "Started", "Status", "cut", "external", "install", "resolve", "start", "status", "stop", "wipe"]

Say: TypeAlias = Callable[[str], None]
KINDS: dict[str, type[Instance]] = {"rabbitmq": RabbitMQ, "postgres": Postgres}
NAMES = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Started:
    """`settings` with every address filled in, and the names of what this call started."""

    settings: Settings
    names: tuple[str, ...]


def external(settings: Settings, name: str) -> bool:
    return bool(settings.amqp_url if name == "rabbitmq" else settings.database_url)


def install(settings: Settings, *, say: Say, only: Sequence[str] = NAMES) -> None:
    """What is missing, where we may; on a terminal it asks. Raises Unavailable when there is then no way to run them."""
    wanted = _private(settings, only)
    if not wanted:
        return
    with _turn(settings):
        missing = [one for one in wanted if not one.installed() and not one.healthy()]
        check_space(settings.folder)
        if missing and (why := packages.offer([one.name for one in missing], say)) and not containers.engine():
            raise absent(missing, why)


def start(settings: Settings, *, say: Say, only: Sequence[str] = NAMES) -> Started:
    """Returns when they answer. Raises Unavailable, and then nothing it began is left running."""
    wanted = _private(settings, only)
    if not wanted:
        return Started(settings, ())
    with _turn(settings):
        sleeping = [one for one in wanted if not one.healthy()]
        check_space(settings.folder)
        for one in sleeping:
            one.require()
        try:
            with ThreadPoolExecutor(len(NAMES)) as pool:
                for pending in [pool.submit(one.start, say) for one in sleeping]:
                    pending.result()
        except BaseException:
            _stop(sleeping, say)
            raise
    return Started(resolve(settings), tuple(one.name for one in sleeping))


def stop(settings: Settings, only: Iterable[str] = NAMES, *, say: Say) -> None:
    """Stops what runs of them, by process id and start time, and nothing else."""
    with _turn(settings):
        _stop(_private(settings, only), say)


def cut(settings: Settings, name: str) -> None:
    """Ends one of ours as a power cut would, with whatever it was doing; `start` brings back what was on disk."""
    with _turn(settings):
        _instance(settings, name).cut()


def wipe(settings: Settings, *, say: Say) -> None:
    """Stops both and deletes their data, ports and process ids; passwords and keys stay."""
    stop(settings, say=say)
    for name in NAMES:
        one = _instance(settings, name)
        one.wipe()
        one.record.unlink(missing_ok=True)


def status(settings: Settings) -> list[Status]:
    return [Status(name, "external") if external(settings, name) else _instance(settings, name).status() for name in NAMES]


def resolve(settings: Settings) -> Settings:
    """The settings with the addresses of the private instances, as they were last started."""
    found: dict[str, str] = {}
    if not settings.amqp_url:
        broker = RabbitMQ(settings)
        found |= {"amqp_url": broker.address(), "management_url": broker.management()}
    if not settings.database_url:
        found["database_url"] = Postgres(settings).address()
    return settings.model_copy(update=found)


def _private(settings: Settings, only: Iterable[str]) -> list[Instance]:
    return [_instance(settings, name) for name in only if not external(settings, name)]


def _instance(settings: Settings, name: str) -> Instance:
    if name not in KINDS:
        raise Unavailable(f"There is no service {name}; there are: {', '.join(NAMES)}.")
    return KINDS[name](settings)


def _stop(instances: Iterable[Instance], say: Say) -> None:
    with ThreadPoolExecutor(len(NAMES)) as pool:
        for pending in [pool.submit(one.stop, say) for one in instances]:
            pending.result()


@contextmanager
def _turn(settings: Settings) -> Iterator[None]:
    """Two commands at once take turns: the second finds running what the first started."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    with open(settings.folder / "services.lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
