"""Answers as Camunda 8 writes them: exact numbers, keys as strings, moments in UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from fastapi.responses import Response

from workflows.engine.xml import encoding_of
from workflows.store.json import encode

# There is one tenant, under the name Camunda 8 gives it.
OneTenant = Literal["<default>"]
TENANT: OneTenant = "<default>"


class Reply(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encode(content)


def xml_file(source: bytes) -> Response:
    """A diagram or table as it was deployed, said to be in the encoding that it is in."""
    return Response(source, headers={"Content-Type": f"text/xml; charset={encoding_of(source)}"})


def no_content() -> Response:
    return Response(status_code=204)


def moment(at: datetime | None) -> str | None:
    """``2026-03-02T01:00:00.000Z``"""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def key(number: int | None) -> str | None:
    return None if number is None else str(number)
