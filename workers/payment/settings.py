"""Where the card provider is, and how the local one is run. Read from the environment (prefix HIKYAKU_PROVIDER_).

| variable | default | meaning |
| --- | --- | --- |
| HIKYAKU_PROVIDER_URL | http://127.0.0.1:8090 | address of the card provider's API |
| HIKYAKU_PROVIDER_TIMEOUT | 3 | seconds to wait for an answer; after that it is unknown and asked for again |
| HIKYAKU_PROVIDER_PORT | 8090 | port of the local provider, on loopback |
| HIKYAKU_PROVIDER_WEBHOOK_URL | (none) | where the local provider reports to; without it, it sends no webhooks |
"""

from __future__ import annotations

from functools import cache
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProviderSettings(BaseSettings):
    """The timeout stays well below the 20 s after which a call without any answer is taken for lost."""

    model_config = SettingsConfigDict(env_prefix="HIKYAKU_PROVIDER_", frozen=True, extra="ignore")

    url: str = "http://127.0.0.1:8090"
    timeout: Annotated[float, Field(gt=0, le=10)] = 3.0
    port: Annotated[int, Field(ge=1, le=65535)] = 8090
    webhook_url: str = ""


@cache
def provider_settings() -> ProviderSettings:
    """Raises pydantic's ValidationError, which names the variable that is wrong."""
    return ProviderSettings()
