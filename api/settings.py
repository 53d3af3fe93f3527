"""What can be set from outside, by environment variables."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

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

    password_sign_in: bool = Field(
        default=True, description="Staff may sign in to the console with a password. Off: by the OpenID provider only."
    )
    oidc_issuer: str = Field(
        default="",
        pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~%/-]*)?)?$",
        description="The OpenID provider by which staff sign in, letter for letter as it names itself. Empty: none. "
        "Needs `BIHUAN_OIDC_CLIENT_ID` and `BIHUAN_PUBLIC_URL`.",
    )
    oidc_client_id: str = Field(default="", description="What the provider knows the console as.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Its secret there. Empty: a public client, with PKCE alone."
    )
    oidc_scopes: str = Field(
        default="openid profile", pattern=r"(^| )openid( |$)", description="What is asked for; `openid` is among it."
    )
    oidc_claim: str = Field(
        default="preferred_username", min_length=1, description="The claim of the ID token that names the account."
    )
    oidc_name: str = Field(default="", description="What the button says. Empty: 统一身份认证, single sign-on.")

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.public_url):
            raise ValueError("BIHUAN_OIDC_ISSUER needs BIHUAN_OIDC_CLIENT_ID and BIHUAN_PUBLIC_URL")
        if not self.password_sign_in and not self.oidc_issuer:
            raise ValueError("nobody could sign in: set BIHUAN_OIDC_ISSUER or leave BIHUAN_PASSWORD_SIGN_IN on")
        return self

    @property
    def photo_directory(self) -> Path:
        return self.data / "photos"

    @property
    def evidence_directory(self) -> Path:
        return self.data / "evidence"
