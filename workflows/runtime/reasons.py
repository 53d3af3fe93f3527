"""Why someone interferes: a text that goes on record."""

from __future__ import annotations

from typing import Any

from workflows.runtime.errors import Invalid
from workflows.store.json import clean_text

MAX_REASON = 2_000  # characters


class ReasonMissing(Invalid):
    """请写明理由。"""

    code = "REASON_MISSING"


def said(reason: str | None, *, required: bool = False) -> dict[str, Any]:
    """The reason as details of an event: nothing where none is given. ReasonMissing; Invalid when it is too long."""
    text = clean_text(reason or "", "/reason").strip()
    if required and not text:
        raise ReasonMissing
    if len(text) > MAX_REASON:
        raise Invalid(f"理由最多 {MAX_REASON} 个字符")
    return {"reason": text} if text else {}
