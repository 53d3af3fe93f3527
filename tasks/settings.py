"""What can be set from outside for everything that runs around the commands."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from workflows.store.settings import StoreSettings


class Settings(StoreSettings):
    """Settings of what ``bihuan`` starts and of its commands."""

    packs: Path = Field(default=Path("bpmn"), description="The folder of process packs that `up` deploys.")
    host: str = Field(default="127.0.0.1", description="Where the API and Prefect listen.")
    port: int = Field(default=8080, description="Port of the API.")
    prefect_port: int = Field(default=4200, description="Port of Prefect's server and its pages.")
    sweep_seconds: int = Field(default=20, ge=5, description="How often Prefect looks for what is due.")
    clock_control: bool = Field(default=True, description="`up` lets API clients move the clock. Never in service.")

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
