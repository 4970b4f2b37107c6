"""What may be set from outside, read once from the environment (prefix HIKYAKU_).

| variable | default | meaning |
| --- | --- | --- |
| HIKYAKU_HOME | .local | folder of private instances, keys, passwords and logs |
| HIKYAKU_BLOBS | <home>/blobs | folder of uploaded files; the edge and the job workers must share it |
| HIKYAKU_NAMESPACE | hikyaku | prefix of everything global on a server: vhost, users, databases and roles |
| HIKYAKU_AMQP_URL | (private instance) | administrator's AMQP address of an external RabbitMQ |
| HIKYAKU_MANAGEMENT_URL | (private instance) | address of its management API; without it all share one user |
| HIKYAKU_DATABASE_URL | (private instance) | administrator's address of an external PostgreSQL (CREATEDB, CREATEROLE) |
| HIKYAKU_HTTP_HOST | 127.0.0.1 | address the edge listens on |
| HIKYAKU_EDGE_DEVELOPMENT | (on where only this machine can call) | tokens of every role for pages, and faults to cause |
| HIKYAKU_HTTP_PORT | 8080, or a free port | port of the edge; one that is named and taken is an error |
| HIKYAKU_HEALTH_HOST | 127.0.0.1 | address on which the other processes serve health and metrics, where they are given a port |
| HIKYAKU_RESERVATION_TTL | 600 | seconds for which stock is held (S3-16) |
| HIKYAKU_RETENTION_DAYS | 14 | days for which inbox, outbox and dead letters are kept |
| HIKYAKU_RETRY_DELAYS | [5, 30, 300] | seconds before each further attempt of a failing message; then it is dead |
| HIKYAKU_JOB_DELAYS | [1, 5, 25] | seconds before each further attempt of a failing job; then it is dead |
| HIKYAKU_LANES | {} | lanes of hot domains, such as {"order": 4} (else 1); fixed from the day a namespace is made |
| HIKYAKU_SPLIT | false | one process per domain instead of one with all |
| HIKYAKU_RECORD | true | whether the event store gets a copy of every event; without it there is no timeline |
| HIKYAKU_DRAIN_SECONDS | 15 | time a process has to finish what it began before it is killed |
| HIKYAKU_TOKEN_ISSUER, HIKYAKU_TOKEN_AUDIENCE | hikyaku | `iss` and `aud` of bearer tokens |
| HIKYAKU_TOKEN_SECRET | (none) | a secret of 32 bytes or more turns tokens to HS256 (X-2); else EdDSA and JWKS |
| HIKYAKU_CORS_ORIGINS | [] | JSON list of the origins that browsers may call from |
| HIKYAKU_LOG_LEVEL | INFO | DEBUG, INFO, WARNING or ERROR |
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """One object for every process. Empty addresses mean private instances under `home`."""

    model_config = SettingsConfigDict(env_prefix="HIKYAKU_", frozen=True, extra="ignore")

    home: Path = Path(".local")
    blobs: Path | None = None
    namespace: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")] = "hikyaku"
    amqp_url: Annotated[str, Field(pattern=r"^(amqps?://.+)?$")] = ""
    management_url: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    database_url: Annotated[str, Field(pattern=r"^(postgres(ql)?://.+)?$")] = ""
    http_host: str = "127.0.0.1"
    edge_development: bool | None = None
    http_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    health_host: str = "127.0.0.1"
    reservation_ttl: Annotated[int, Field(gt=0, le=86_400)] = 600
    retention_days: Annotated[int, Field(ge=1, le=365)] = 14
    retry_delays: Annotated[tuple[Annotated[float, Field(gt=0, le=86_400)], ...], Field(max_length=10)] = (5, 30, 300)
    job_delays: Annotated[tuple[Annotated[float, Field(gt=0, le=300)], ...], Field(max_length=10)] = (1, 5, 25)
    lanes: Annotated[dict[str, Annotated[int, Field(ge=1, le=64)]], Field(max_length=64)] = {}
    split: bool = False
    record: bool = True
    drain_seconds: Annotated[float, Field(gt=0, le=300)] = 15.0
    token_issuer: str = "hikyaku"
    token_audience: str = "hikyaku"
    token_secret: SecretStr | None = None
    cors_origins: tuple[str, ...] = ()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def folder(self) -> Path:
        """`home` as an absolute path, so that children started elsewhere mean the same folder."""
        return self.home.expanduser().absolute()

    @property
    def development(self) -> bool:
        """Whether the pages may have tokens of every role, and faults be caused."""
        return self.http_host in LOOPBACK if self.edge_development is None else self.edge_development

    @property
    def blob_folder(self) -> Path:
        return self.blobs.expanduser().absolute() if self.blobs else self.folder / "blobs"


@cache
def settings() -> Settings:
    """The settings of this process. Raises pydantic's ValidationError, which names the variable that is wrong."""
    return Settings()


def lanes_of(domain: str) -> int:
    """How many lanes the domain has: one, unless it is hot. More lanes serve more processes, with smaller batches."""
    return settings().lanes.get(domain, 1)
