"""What can be set from outside for everything that runs around the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr

from workflows.store.settings import StoreSettings


class Settings(StoreSettings):
    """Settings of what ``bihuan`` starts and of its commands."""

    packs: Path = Field(default=Path("bpmn"), description="The folder of process packs that `up` deploys.")
    host: str = Field(default="127.0.0.1", description="Where the API and Prefect listen.")
    port: int = Field(default=8080, description="Port of the API.")
    prefect_port: int = Field(default=4200, description="Port of Prefect's server and its pages.")
    prefect_requests: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Requests at Prefect's server at once while escalations are shown. More than one, e.g. 4, only "
        "where Prefect's database is PostgreSQL.",
    )
    sweep_seconds: int = Field(default=20, ge=5, description="How often Prefect looks for what is due.")
    keep_letters_days: int = Field(
        default=400,
        ge=0,
        description="After so many days notifications and the letters sent of them are deleted, every night. 0: never.",
    )
    clock_control: bool = Field(default=True, description="`up` lets API clients move the clock. Never in service.")

    outbound_allowed: str = Field(
        default="",
        description="Hosts, addresses and networks that webhooks and SMS may reach although they are not public, "
        "parted by commas.",
    )
    smtp_host: str = Field(default="", description="The SMTP server. Empty: no e-mail.")
    smtp_port: int = Field(default=587, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="`starttls`, `tls` from the first byte, or `none`."
    )
    smtp_user: str = Field(default="", description="Login at the SMTP server. Empty: none.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    smtp_from: str = Field(
        default="闭环 <bihuan@localhost>", pattern=r"^[^\r\n]*[^\s<]@[^\s>]+>?$", description="Who e-mails come from."
    )
    sms_url: str = Field(default="", pattern=r"^(https?://[!-~]+)?$", description="The SMS gateway. Empty: no SMS.")
    sms_token: SecretStr = Field(default=SecretStr(""), description="Its token, sent in a header.")
    sms_token_header: str = Field(default="Authorization", description="The header of the token.")
    sms_body: dict[str, Any] = Field(
        default={"phone": "{phone}", "content": "{text}", "id": "{id}"},
        description="JSON for the SMS gateway; its texts may hold `{phone}`, `{text}`, `{subject}`, `{name}`, `{id}`.",
    )
    sms_accepted: dict[str, Any] = Field(
        default={}, description="JSON that an answer of the SMS gateway contains when it has taken the message."
    )
    sms_repeatable: bool = Field(default=False, description="The SMS gateway sends one message for one `{id}`.")

    @property
    def api_url(self) -> str:
        """Where the API is reached from this machine."""
        return self._here(self.port)

    @property
    def prefect_url(self) -> str:
        return self._here(self.prefect_port)

    @property
    def links_url(self) -> str:
        """What links begin with."""
        return self.public_url or self.api_url

    @property
    def tokens(self) -> Path:
        """The secrets of the demonstration's API clients, readable by their owner only."""
        return self.data / "tokens.json"

    def _here(self, port: int) -> str:
        return f"http://[{self.host}]:{port}" if ":" in self.host else f"http://{self.host}:{port}"
