"""What RabbitMQ and PostgreSQL have in common: ports and process ids kept in `<home>/services/<name>.json`."""

from __future__ import annotations

import json
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from infra.services import containers, ports
from infra.services.process import Process, known
from infra.settings import Settings
from infra.unavailable import Unavailable
from infra.vault import Vault, write_private

Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Status:
    """`state` is running, stopped or external."""

    name: str
    state: str
    pid: int | None = None
    where: str = ""


def absent(missing: Sequence[Instance], why: str = "") -> Unavailable:
    """What to say where these can be had neither from installed programs nor in a container."""
    titles, packages = " and ".join(one.title for one in missing), " ".join(one.package for one in missing)
    verb, them = ("are", "them") if len(missing) > 1 else ("is", "it")
    return Unavailable(
        f"{titles} {verb} not installed{f': {why}' if why else ''}; and no container engine answers. Install {them} "
        f"(Debian: apt-get install {packages}), start Docker, or name servers of your own: HIKYAKU_AMQP_URL, "
        "HIKYAKU_MANAGEMENT_URL and HIKYAKU_DATABASE_URL. Nothing was started."
    )


class Instance(ABC):
    """One service of one home. Subclasses say how it is run here, and how in a container."""

    name: ClassVar[str]
    title: ClassVar[str]
    package: ClassVar[str]
    ports: ClassVar[tuple[str, ...]]
    crash: ClassVar[signal.Signals] = signal.SIGKILL

    def __init__(self, settings: Settings) -> None:
        self.home = settings.folder
        self.vault = Vault(self.home)
        self.record = self.home / "services" / f"{self.name}.json"

    @abstractmethod
    def installed(self) -> bool:
        """Whether its programs are on this machine."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether something at our port knows our password."""

    @abstractmethod
    def version(self) -> str:
        """Of the server that answers."""

    @abstractmethod
    def recipe(self, ports: dict[str, int]) -> containers.Recipe:
        """How to run it in a container."""

    @abstractmethod
    def run(self) -> None:
        """Starts the installed programs and returns when they answer. Raises Unavailable."""

    @abstractmethod
    def end(self) -> bool:
        """Stops the processes and returns when they are gone; False when there were none."""

    @abstractmethod
    def wipe(self) -> None:
        """Deletes the data of what was stopped."""

    def note(self) -> str:
        """What is unusual about where it runs."""
        return ""

    @abstractmethod
    def address(self) -> str:
        """The administrator's, with the password. Raises Unavailable when it was never started."""

    def require(self) -> None:
        """Raises Unavailable when it can be had neither from installed programs nor in a container."""
        if not self.installed() and not containers.engine():
            raise absent([self])

    def start(self, say: Say) -> None:
        """From the installed programs, else in a container. Raises Unavailable."""
        began = time.monotonic()
        self.require()
        self.end()
        if self.installed():
            self.run()
        else:
            say(f"· {self.title} is not installed: starting it in a container")
            containers.run(self._container, self.recipe(self.choose_ports()), self.answers)
            self.remember(container=self._container)
        say(f"· {self.title} {self.version()} on 127.0.0.1:{self.port()} ({time.monotonic() - began:.1f} s)")
        if note := self.note():
            say(note)

    def stop(self, say: Say) -> None:
        """Returns when it is gone; says nothing when it was not there."""
        stopped = self.end()
        if self.remembered().get("container"):
            containers.stop(self._container)
            self.remember(container=None)
            stopped = True
        if stopped:
            say(f"· {self.title} stopped")

    def cut(self) -> None:
        """Returns when it is gone; nothing in hand is finished."""
        if process := self.process("main"):
            process.end(5, how=self.crash)
        if self.remembered().get("container"):
            containers.kill(self._container)

    def healthy(self) -> bool:
        """Whether ours runs and answers to our password."""
        return self._there() and self.answers()

    def status(self) -> Status:
        if not self._there():
            return Status(self.name, "stopped")
        main = self.process("main")
        return Status(self.name, "running", main.pid if main else None, f"127.0.0.1:{self.port()}")

    def password(self) -> str:
        return self.vault.password("services", self.name)

    def port(self, name: str = "") -> int:
        """The first of its ports, or the named one. Raises Unavailable when it was never started here."""
        kept: dict[str, int] = self.remembered().get("ports", {})
        if not kept:
            raise Unavailable(f"{self.title} was never started here: run `hikyaku services start`.")
        return kept[name or self.ports[0]]

    def remembered(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.record.read_text())
        except FileNotFoundError:
            return {}
        return found

    def remember(self, **changed: Any) -> None:
        self.record.parent.mkdir(parents=True, exist_ok=True)
        write_private(self.record, json.dumps(self.remembered() | changed, indent=2).encode())

    def choose_ports(self) -> dict[str, int]:
        """The ports of last time while they are free, others once somebody took one."""
        kept: dict[str, int] = self.remembered().get("ports", {})
        if not kept or not all(ports.free(port) for port in kept.values()):
            kept = dict(zip(self.ports, ports.some(len(self.ports)), strict=True))
            self.remember(ports=kept)
        return kept

    def process(self, role: str) -> Process | None:
        """The remembered process, if it still is that one."""
        kept = self.remembered().get("processes", {}).get(role)
        process = Process(*kept) if kept else None
        return process if process and process.alive else None

    def remember_process(self, role: str, pid: int) -> None:
        if process := known(pid):
            all_of_them = self.remembered().get("processes", {})
            self.remember(processes=all_of_them | {role: [process.pid, process.born]})

    @property
    def _container(self) -> str:
        return containers.name_of(self.home, self.name)

    def _there(self) -> bool:
        if self.process("main"):
            return True
        return bool(self.remembered().get("container")) and containers.running(self._container)
