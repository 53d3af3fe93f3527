"""What can be set from outside, by environment variables."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import Field, SecretStr

from workflows.store.settings import StoreSettings

MEGABYTE = 1024 * 1024


try:
    VERSION = version("bihuan")
except PackageNotFoundError:  # a checkout that was not installed
    VERSION = "0.0.0"


class Settings(StoreSettings):
    """Settings of the HTTP server."""

    token_key: SecretStr | None = Field(
        default=None,
        description="Signs access tokens. Needed where several hosts serve one database; else kept in a file.",
    )
    token_seconds: int = Field(default=3600, ge=60, description="Life of an access token of the OAuth endpoint.")
    clock_control: bool = Field(
        default=False, description="Allow PUT /v2/clock and POST /v2/clock/reset. Never in service."
    )

    case_process: str = Field(default="case-handling", description="The process that handles a reported case.")

    max_body_bytes: int = Field(default=2 * MEGABYTE, description="Largest JSON or form body.")
    max_upload_bytes: int = Field(default=20 * MEGABYTE, description="Largest multipart or JSON lines body.")
    max_photos: int = Field(default=9, description="Photos of one report.")
    max_photo_bytes: int = Field(default=8 * MEGABYTE, description="Largest photo as sent.")
    max_photo_pixels: int = Field(default=40_000_000, description="Largest photo once decoded.")
    photo_edge: int = Field(default=2048, description="Longer edge of a kept photo, in pixels.")
    max_evidence_bytes: int = Field(default=15 * MEGABYTE, description="Largest file of evidence as sent.")
    evidence_edge: int = Field(default=4096, description="Longer edge of a kept picture of evidence, in pixels.")
    document_font: Path | None = Field(
        default=None,
        description="A TrueType font to embed in documents as PDF. Empty: the reader's Chinese font, nothing embedded.",
    )
    public_per_minute: int = Field(
        default=60, description="Reports and look-ups without a client, per address and minute."
    )

    wrong_codes_per_minute: int = Field(
        default=10, description="Query codes and rating links that are nobody's, per address and minute."
    )
    reporter_photos: bool = Field(
        default=True, description="Who has the query code sees the photos taken while the case was handled."
    )
    hotline: str = Field(
        default="", pattern=r"^[0-9+() -]{0,20}$", description="The city's telephone, on plates and pages. Empty: none."
    )

    @property
    def photo_directory(self) -> Path:
        return self.data / "photos"

    @property
    def evidence_directory(self) -> Path:
        return self.data / "evidence"
