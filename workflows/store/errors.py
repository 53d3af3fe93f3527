"""The four kinds of refusal: what was asked for is not there, no longer so, wrong, or not allowed."""

from __future__ import annotations

from inspect import getdoc
from typing import Any


class Refusal(Exception):
    """The request was refused."""

    code: str = "REFUSED"

    def __init__(self, message: str | None = None, *, details: list[dict[str, Any]] | None = None) -> None:
        """``message`` is for people, the class docstring is its default; ``details`` name the places at fault."""
        super().__init__(message or getdoc(type(self)))
        self.details = details or []


class NotFound(Refusal):
    """There is no such thing."""

    code = "NOT_FOUND"


class Conflict(Refusal):
    """Someone else was faster, or the thing is in another state."""

    code = "CONFLICT"


class Invalid(Refusal):
    """The request is not valid."""

    code = "INVALID"


class Forbidden(Refusal):
    """This is not allowed."""

    code = "FORBIDDEN"
