"""How much an album holds. Read from the environment (prefix HIKYAKU_ALBUM_).

| variable | default | meaning |
| --- | --- | --- |
| HIKYAKU_ALBUM_CAPACITY | 10000 | media in one album; an upload into a full one is undone |
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AlbumSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HIKYAKU_ALBUM_", frozen=True, extra="ignore")

    capacity: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
