"""Moments as clients send them: RFC 3339 with a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, TypeAdapter, WithJsonSchema

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")  # pydantic alone takes a bare number for seconds since 1970
_MOMENTS: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def read_moment(value: Any) -> datetime:
    """In UTC. ValueError for what is none, or lies outside the years 1 to 9999 there."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("必须是带时区的时间")
    try:
        return _MOMENTS.validate_python(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("必须是带时区的时间") from error


Moment = Annotated[datetime, BeforeValidator(read_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
