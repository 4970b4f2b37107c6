"""How patient the sagas of nobody's domain are. Read from the environment (prefix HIKYAKU_SAGA_).

| variable | default | meaning |
| --- | --- | --- |
| HIKYAKU_SAGA_PATIENCE | 30 | seconds for the first answer to each step; doubled twice before the upload is undone |
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SagaSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HIKYAKU_SAGA_", frozen=True, extra="ignore")

    patience: Annotated[float, Field(ge=1, le=3600)] = 30
