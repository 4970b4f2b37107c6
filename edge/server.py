"""The edge as a process: `hikyaku edge`."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from contracts.sealed import Sealed
from edge import housekeeping, views
from edge.app import Deps, channels, create_app, kept
from edge.audit import Audit
from edge.caches import Caches
from edge.channels import Hub
from edge.config import Config
from edge.core import Edge
from edge.demo_tokens import DemoTokens
from edge.depths import Depths
from edge.files import Uploads
from edge.handover import Handover
from edge.intake import Intake
from edge.listener import Listener
from edge.live import Live
from edge.maintenance import Maintenance
from edge.notices import Notices
from edge.operations import group
from edge.pressure import OutboxPressure
from edge.protocol import BoundedProtocol, BoundedSocketProtocol
from edge.rules import Operation
from edge.tickets import Tickets
from edge.tokens import Keys as TokenKeys
from edge.tokens import Tokens
from edge.trace_sender import TraceSender
from infra import bearer, connections, domains, faults, runtime
from infra.actor import Signer, Verifier
from infra.asking import Asker
from infra.blobs import LocalBlobs
from infra.database import Pool, connect
from infra.decision import Row
from infra.keys import Keys
from infra.member import Member
from infra.provision import credentials
from infra.publisher import Publisher
from infra.sealing import seal
from infra.settings import Settings
from infra.tasks import supervised
from infra.topology import NOTICES

DEFAULT_PORT = 8080

log = logging.getLogger(__name__)


class Process:
    """Everything one edge process holds. It accepts as soon as its database answers; the broker may come later."""

    def __init__(self, settings: Settings, config: Config) -> None:
        self.settings, self.config = settings, config
        self.keys = Keys(settings.folder)
        access = credentials(settings, "edge")
        self.database_url = access.dsn
        self.member: Member
        self.handover: Handover
        self.publisher = Publisher(access.amqp_url, "edge questions")
        self.asker = Asker(access.amqp_url, self.publisher)
        lanes = [lane for one in domains.load_all() for lane in one.lanes]
        self.depths = Depths(access.amqp_url, lanes)
        self.live = Live(lambda: self.depths.last)
        self.amqp_url = access.amqp_url
        self._sealing: dict[str, bytes] = {}
        self._pool: Pool
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, upkeep: bool) -> Deps:
        """The pieces of the application. Raises what the database says when it can't be reached."""
        pool = self._pool = await connect(self.database_url, connections.EDGE, "hikyaku edge")
        self.member = runtime.member_of(group, self.settings, Verifier(self.keys.public("edge")), pool=pool)
        self.handover = Handover(self.member)
        intake = Intake(pool, self.handover, self.config.most_waiting)
        pressure = OutboxPressure(self.config, pool, self.depths.read, lambda: self.listener.connected_for())
        signer = Signer(self.keys.private("edge"), "edge")
        uploads = Uploads(LocalBlobs(self.settings.blob_folder), self.config)
        edge = Edge(
            self.config, self._tokens(), intake, self.asker, pool, self._seal, signer, pressure, self._webhook_secret, uploads,
            Tickets(pool), caches=Caches(kept()),
        )  # fmt: skip
        hub = Hub(channels())
        notices = Notices(edge.waiters, partial(views.read_all, pool), self._notify)
        self.listener = Listener(self.amqp_url, edge.caches, self.live, hub, notices)
        group.after_commit(partial(_told, notices.committed))
        audit = Audit(pool)
        self._audit = audit
        work: dict[str, Callable[[], Awaitable[None]]] = {
            "edge intake": intake.run,
            "edge audit": audit.run,
            "edge pressure": pressure.run,
            "edge listener": self.listener.run,
            "edge notices": notices.run_sending,
            "edge notices of others": notices.run_looking,
            "edge live": self.live.run,
            "edge housekeeping": partial(housekeeping.run, pool),
            "edge questions": self.asker.start,
            "edge group": self._join,
        }
        if self.config.otlp_url:
            sender = TraceSender(self.config.otlp_url, partial(self.asker.ask, timeout=self.config.query_seconds), pool)
            group.after_commit(partial(_told, sender.committed))
            work["edge traces"] = sender.run
        if upkeep:
            work |= runtime.upkeep_of([group], self.settings)
        self._tasks = [asyncio.create_task(supervised(name, one), name=name) for name, one in work.items()]
        return Deps(
            edge,
            audit,
            self.live,
            hub,
            Maintenance(
                always=self.config.maintenance,
                flag=self.settings.folder / "maintenance",
                absent=lambda: self.listener.absent("order"),
            ),
            self.keys.jwks(),
            self._demo_tokens(),
            self.settings.cors_origins,
            partial(targets, self.settings.folder),
            partial(faults.ask, self.settings.folder) if self.settings.development else None,
        )

    async def stop(self) -> None:
        """What was accepted is in the database; what can still be sent now is sent."""
        await self._audit.flush()
        if self.handover.started:
            await self.member.drain(self.settings.drain_seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(self.asker.close(), self.publisher.close(), self.depths.close(), return_exceptions=True)
        self._pool.terminate()

    async def _join(self) -> None:
        await self.member.start()
        self.handover.started = True

    async def _notify(self, body: bytes) -> None:
        await self.publisher.send(NOTICES, "", body, kind=NOTICES)

    def _seal(self, to: str, plaintext: bytes) -> Sealed:
        if to not in self._sealing:
            self._sealing[to] = self.keys.sealing(to)
        return seal(self._sealing[to], to, plaintext)

    def _webhook_secret(self, provider: str) -> bytes | None:
        return self.keys.webhook_secret().encode() if provider == "local" else None

    def _tokens(self) -> Tokens:
        secret = self.settings.token_secret
        keys = TokenKeys.of_secret(secret.get_secret_value().encode()) if secret else TokenKeys.of_jwks(self.keys.jwks())
        return Tokens(keys, self.settings.token_issuer, self.settings.token_audience)

    def _demo_tokens(self) -> DemoTokens | None:
        return DemoTokens(partial(bearer.sign, self.settings)) if self.settings.development else None


def _told(tell: Callable[[Sequence[Operation]], None], saved: Mapping[type[Row], Mapping[Any, Row | None]]) -> None:
    tell([one for one in saved.get(Operation, {}).values() if isinstance(one, Operation)])


def targets(home: Path) -> list[dict[str, Any]]:
    """Where Prometheus finds every process, from what the supervisor has written; empty without a supervisor."""
    try:
        document: dict[str, Any] = json.loads((home / "hikyaku.json").read_text())
    except (OSError, ValueError):
        return []
    found = {str(one["name"]): urlsplit(str(one["metrics"])) for one in document.get("processes", ())}
    return [
        {"targets": [url.netloc], "labels": {"process": name, "__metrics_path__": url.path}}
        for name, url in sorted(found.items())
    ]


def listening(app: ASGIApp, config: Config, **more: Any) -> uvicorn.Config:
    """How uvicorn speaks HTTP and WebSocket for us."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws=BoundedSocketProtocol,
        ws_max_size=config.socket_message,
        ws_ping_interval=config.heartbeat_seconds,
        ws_ping_timeout=config.heartbeat_seconds,
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=15,
        backlog=2048,
        **more,
    )


async def serve(settings: Settings, *, upkeep: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is being answered. Raises OSError when the port is taken.

    With `upkeep` it also keeps the edge's day partitions and guards its queues, as `hikyaku up` does for its own.
    """
    process = Process(settings, Config())
    deps = await process.start(upkeep=upkeep)
    server = uvicorn.Server(
        listening(
            create_app(deps),
            deps.edge.config,
            host=settings.http_host,
            port=settings.http_port or DEFAULT_PORT,
            timeout_graceful_shutdown=int(settings.drain_seconds),
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    # What was loaded at the start lives as long as the process: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    try:
        await server._serve()
    finally:
        await process.stop()
