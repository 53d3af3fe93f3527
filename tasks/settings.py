"""What can be set from outside for everything that runs around the commands."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """``BIHUAN_*`` environment variables; ``DATABASE_URL`` has no prefix, as everywhere."""

    model_config = SettingsConfigDict(env_prefix="BIHUAN_", extra="ignore", populate_by_name=True)

    data: Path = Field(default=Path(".data"), description="Database file, photos, logs, tokens, Prefect's own files.")
    packs: Path = Field(default=Path("bpmn"), description="The folder of process packs that `up` deploys.")
    address: str = Field(default="", validation_alias="DATABASE_URL", description="Empty: SQLite in the data folder.")
    host: str = Field(default="127.0.0.1", description="Where the API and Prefect listen.")
    port: int = Field(default=8080, description="Port of the API.")
    prefect_port: int = Field(default=4200, description="Port of Prefect's server and its pages.")
    sweep_seconds: int = Field(default=20, ge=5, description="How often Prefect looks for what is due.")
    clock_control: bool = Field(default=True, description="`up` lets API clients move the clock. Never in service.")

    @property
    def database_url(self) -> str:
        return self.address or f"sqlite:///{self.data.resolve() / 'bihuan.db'}"

    @property
    def api_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def prefect_url(self) -> str:
        return f"http://{self.host}:{self.prefect_port}"

    @property
    def tokens(self) -> Path:
        """The secrets of the demonstration's API clients, readable by their owner only."""
        return self.data / "tokens.json"
