"""A whole shop for tests: `hikyaku up` in a namespace of its own, as an operator would start it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra import domains
from infra.bearer import sign
from infra.keys import Keys
from infra.provision import credentials, drop
from infra.services import ports
from infra.settings import Settings

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
ONE, MANY = "one process", "many processes"


class Shop:
    """`home` is its own folder; `url` is where its edge listens. `root` is the project that is run."""

    def __init__(self, settings: Settings, mode: str, extra: Mapping[str, str] | None = None, root: Path = ROOT) -> None:
        self.root = root
        self.settings, self.mode, self.extra = settings, mode, dict(extra or {})
        self.home = settings.folder
        self.port = ports.some(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = self.home / "up.log"
        self.seconds = 0.0
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when everything is ready. Raises RuntimeError with what it said when it does not get so far."""
        began = time.monotonic()
        with open(self.output, "wb") as sink:
            self._up = subprocess.Popen(
                [sys.executable, "-m", "infra.cli", "up"], cwd=self.root, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        while "Hikyaku is ready" not in self.said():
            if self._up.poll() is not None or time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"the shop did not start:\n{self.said()}")
            time.sleep(0.05)
        self.seconds = time.monotonic() - began

    @property
    def environment(self) -> dict[str, str]:
        """In which `hikyaku` finds this shop."""
        return os.environ | {
            "HIKYAKU_HOME": str(self.home),
            "HIKYAKU_NAMESPACE": self.settings.namespace,
            "HIKYAKU_AMQP_URL": self.settings.amqp_url,
            "HIKYAKU_MANAGEMENT_URL": self.settings.management_url,
            "HIKYAKU_DATABASE_URL": self.settings.database_url,
            "HIKYAKU_HTTP_PORT": str(self.port),
            "HIKYAKU_SPLIT": "true" if self.mode == MANY else "false",
            # Both ways are tried: a lane for each domain, and two, fed by the keys of S3-61.
            "HIKYAKU_LANES": '{"inventory": 2, "order": 2, "payment": 2, "shipping": 2}' if self.mode == MANY else "{}",
            "HIKYAKU_PROVIDER_TIMEOUT": "0.5",
            "HIKYAKU_ALBUM_CAPACITY": "3",
            "HIKYAKU_SAGA_PATIENCE": "6",
            **self.extra,
        }

    def hikyaku(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line as somebody beside this shop would use it, without a terminal."""
        command = [sys.executable, "-m", "infra.cli", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )

    def stop(self) -> None:
        """As Ctrl-C does. Raises TimeoutExpired, after killing it, when it does not end."""
        if self._up is None or self._up.poll() is not None:
            return
        self._up.send_signal(signal.SIGINT)
        try:
            self._up.wait(40)
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait(5)
            raise

    def said(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def log(self, name: str) -> str:
        return (self.home / "logs" / f"{name}.log").read_text(errors="replace")

    @property
    def processes(self) -> dict[str, int]:
        """Process ids by name, as `hikyaku.json` has them."""
        document: dict[str, Any] = json.loads((self.home / "hikyaku.json").read_text())
        return {one["name"]: one["pid"] for one in document["processes"]}

    def signal(self, name: str, number: signal.Signals) -> None:
        """To one process of this shop. Raises ProcessLookupError while it is being started again."""
        os.kill(self.processes[name], number)

    def token(self, subject: str, *roles: str) -> str:
        return sign(self.settings, subject, roles, 3600)

    @property
    def webhook_secret(self) -> bytes:
        return Keys(self.home).webhook_secret().encode()

    def database(self, domain: str) -> str:
        """As the owner of its tables, who may look at everything."""
        return credentials(self.settings, domain).owner_dsn


@contextmanager
def open_shop(settings: Settings, mode: str, extra: Mapping[str, str] | None = None) -> Iterator[Shop]:
    """Started, and in the end stopped and removed from the servers, whatever happened in between."""
    shop = Shop(settings, mode, extra)
    try:
        shop.start()
        yield shop
    finally:
        try:
            shop.stop()
        finally:
            asyncio.run(drop(settings, [*domains.names(), "edge"]))
