"""Where the data are, and where people reach them: the settings that every part of the product shares."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

#: Nothing that could end a link in Markdown, HTML or a shell; no user, no query, no fragment.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~%/-]*)?")


def _address(text: str) -> str:
    """An address that paths can be added to, without the last slash; ValueError."""
    if not text:
        return text
    if not _ADDRESS.fullmatch(text) or not urlsplit(text).hostname or urlsplit(text).port == 0:
        raise ValueError(
            "must be http:// or https://, a host, perhaps a port and a path; no user, no query, no fragment"
        )
    return text.rstrip("/")


class StoreSettings(BaseSettings):
    """``BIHUAN_*`` environment variables; ``DATABASE_URL`` has no prefix, as everywhere."""

    model_config = SettingsConfigDict(
        env_prefix="BIHUAN_", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

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

    public_url: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        description="Where people and other systems reach the API, e.g. `https://bihuan.city.example`: links lead "
        "there. Empty: links in Prefect lead to host and port of the API, webhooks carry none, plates the address "
        "of who prints them.",
    )

    prefect_pages: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        description="Where supervisors reach Prefect's pages: a case links to the runs of its escalations. Empty: `up` "
        "takes Prefect's host and port, elsewhere there are no links.",
    )

    @property
    def database_url(self) -> str:
        return self.address or f"sqlite:///{self.data.resolve() / 'bihuan.db'}"
