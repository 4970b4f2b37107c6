"""A private PostgreSQL, from the installed programs. As root it runs as `nobody`, since it refuses to run as root."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from infra.services import containers
from infra.services.folder import data_folder
from infra.services.instance import Instance
from infra.services.process import spawn
from infra.settings import Settings
from infra.unavailable import Unavailable

INSTALLED = Path("/usr/lib/postgresql")
OLDEST = 15
START, STOP = 60.0, 60.0
TUNING = {
    "max_connections": "300",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
ADMINISTRATOR = "hikyaku_admin"
IMAGE = "postgres:17"


class Postgres(Instance):
    name = "postgres"
    title = "PostgreSQL"
    package = "postgresql"
    ports = ("sql",)
    # Its "immediate shutdown": killed, it would leave its children behind for a while.
    crash = signal.SIGQUIT

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.home.mkdir(parents=True, exist_ok=True)
        self.folder = data_folder(self.home, "postgres")
        self.data = self.folder / "data"

    def installed(self) -> bool:
        return self._programs() is not None

    def address(self) -> str:
        return f"postgresql://{ADMINISTRATOR}:{self.password()}@127.0.0.1:{self.port()}/postgres"

    def answers(self) -> bool:
        return bool(self._asked("SELECT 'yes'"))

    def version(self) -> str:
        return self._asked("SHOW server_version").split()[0]

    def recipe(self, ports: dict[str, int]) -> containers.Recipe:
        environment = {
            "POSTGRES_USER": ADMINISTRATOR,
            "POSTGRES_PASSWORD": self.password(),
            "POSTGRES_DB": "postgres",
            "POSTGRES_INITDB_ARGS": "-A scram-sha-256 --locale=C.UTF-8",
        }
        command = ("postgres", *_options(TUNING))
        return containers.Recipe(IMAGE, "/var/lib/postgresql/data", {5432: ports["sql"]}, environment, command)

    def run(self) -> None:
        programs = self._programs()
        if programs is None:
            raise Unavailable(self._no_programs())
        self._move_stranger()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(programs)
        port, log = self.choose_ports()["sql"], self.record.with_name("postgres.log")
        here = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        running = spawn(
            [*self._as_user(), str(programs / "postgres"), "-D", str(self.data), *_options(here | TUNING)],
            os.environ | {"HOME": str(self.folder)},
            log,
        )
        self.remember_process("main", running.pid)
        until = time.monotonic() + START
        while not self.answers():
            if running.poll() is not None or time.monotonic() > until:
                self.end()
                raise Unavailable(f"PostgreSQL did not start; {log} says why:\n{_tail(log)}")
            time.sleep(0.05)

    def end(self) -> bool:
        process = self.process("main")
        if process:
            # SIGINT is its fast shutdown: sessions are ended, and all is written to its place on disk. After a first start
            # these are 9,000 files, half a minute on a slow disk; killed meanwhile, a child would hold its memory, and the
            # next start would be refused.
            process.end(STOP, how=signal.SIGINT, at_last=self.crash)
        return process is not None

    def note(self) -> str:
        if self.folder.parent == self.home:
            return ""
        return f"  (it runs as nobody, who cannot reach {self.home}, so its data is in {self.folder})"

    def wipe(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent != self.home:
            shutil.rmtree(self.folder.parent, ignore_errors=True)

    def _move_stranger(self) -> None:
        """Data whose password is not in this home, as after the home was deleted, is put aside and kept."""
        if (self.data / "PG_VERSION").exists() and not (self.folder / self._mark()).exists():
            self.data.rename(self.folder / f"data.aside-{int(time.time())}")

    def _mark(self) -> str:
        return f"password-{hashlib.sha256(self.password().encode()).hexdigest()[:16]}"

    def _programs(self) -> Path | None:
        """The folder of the programs that fit the data, or the newest."""
        found = {path.name: path / "bin" for path in INSTALLED.glob("*") if (path / "bin" / "initdb").exists()}
        if not found and (initdb := shutil.which("initdb")):
            return Path(initdb).resolve().parent
        if (made := self.data / "PG_VERSION").exists():
            return found.get(made.read_text().strip())
        usable = sorted(int(name) for name in found if name.isdigit() and int(name) >= OLDEST)
        return found[str(usable[-1])] if usable else None

    def _no_programs(self) -> str:
        if (made := self.data / "PG_VERSION").exists():
            version = made.read_text().strip()
            return (
                f"The data in {self.data} was made by PostgreSQL {version}, whose programs are not installed. "
                f"Install postgresql-{version}, or move the folder away to begin anew."
            )
        return "PostgreSQL 15 or newer is not installed (Debian: apt-get install postgresql)."

    def _initialise(self, programs: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._as_user():
            shutil.chown(self.folder, "nobody", "nogroup")
            if self.folder.parent != self.home:
                self.folder.parent.chmod(0o711)
        shutil.rmtree(self.data, ignore_errors=True)
        # initdb reads the password from a file that only its own user can read.
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as secret:
            secret.write(self.password())
            secret.flush()
            if self._as_user():
                shutil.chown(secret.name, "nobody")
            made = subprocess.run(
                [
                    *self._as_user(), str(programs / "initdb"), "-D", str(self.data), "-U", ADMINISTRATOR,
                    "-A", "scram-sha-256", f"--pwfile={secret.name}", "-E", "UTF8", "--locale=C.UTF-8",
                ],
                env=os.environ | {"HOME": str(self.folder)}, stdin=subprocess.DEVNULL, capture_output=True, cwd="/",
            )  # fmt: skip
        (self.folder / self._mark()).touch()
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Unavailable(f"PostgreSQL could not make its data folder: {made.stderr.decode().strip()}")

    def _as_user(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]

    def _asked(self, question: str) -> str:
        """The answer; empty when there is none."""

        async def ask() -> str:
            connection = await asyncpg.connect(self.address(), timeout=3)
            try:
                return str(await connection.fetchval(question))
            finally:
                await connection.close()

        try:
            return asyncio.run(ask())
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return ""


def _options(chosen: Mapping[str, str]) -> list[str]:
    return [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:])
