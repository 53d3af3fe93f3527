"""Where the data are: the one setting that every part of the product shares."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StoreSettings(BaseSettings):
    """``BIHUAN_*`` environment variables; ``DATABASE_URL`` has no prefix, as everywhere."""

    model_config = SettingsConfigDict(env_prefix="BIHUAN_", extra="ignore", populate_by_name=True)

    data: Path = Field(
        default=Path(".data"), description="Database file, photos, evidence, logs, tokens, Prefect's own files."
    )
    address: str = Field(
        default="",
        validation_alias="DATABASE_URL",
        description="`sqlite:///file` or `postgresql://user@host/name`. Empty: SQLite in the data folder.",
    )
    yellow_share: Decimal = Field(
        default=Decimal("0.7"), gt=0, lt=1, description="The share of its limit from which a clock's light is yellow."
    )

    @property
    def database_url(self) -> str:
        return self.address or f"sqlite:///{self.data.resolve() / 'bihuan.db'}"
