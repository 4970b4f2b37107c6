"""What an operator may set at the edge (prefix HIKYAKU_EDGE_); every default is meant for a machine of one's own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Config(BaseSettings):
    """Rates are requests a second (0 = unlimited), sizes bytes, times seconds.

    `maintenance` closes everything, as does a file `maintenance` in the home folder. `otlp_url` is a collector that gets
    the trace of each finished operation, such as http://127.0.0.1:4318; none when it is empty.
    """

    model_config = SettingsConfigDict(env_prefix="HIKYAKU_EDGE_", frozen=True, extra="ignore")

    principal_rate: float = 3000
    principal_burst: float = 6000
    address_rate: float = 5000
    address_burst: float = 10_000
    failures_rate: float = 50
    failures_burst: float = 1000
    body_limit: int = 64 * 1024
    import_limit: int = 4 * 1024 * 1024
    body_seconds: float = 10
    upload_limit: int = 50 * 1024 * 1024
    upload_seconds: float = 300
    most_uploads: int = 64
    query_seconds: float = 10
    glance_seconds: float = 1
    most_waiting: int = 4096
    most_at_once: int = 2048
    most_streams: int = 500
    most_sockets: int = 2_000
    most_sockets_each: int = 10
    socket_channels: int = 50
    socket_message: int = 4096
    socket_rate: float = 10
    socket_burst: float = 60
    socket_send_seconds: float = 10
    stream_seconds: float = 600
    heartbeat_seconds: float = 15
    outbox_rows: int = 200_000
    outbox_seconds: float = 3600
    lane_messages: int = 200_000
    maintenance: bool = False
    https: bool = False
    otlp_url: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
