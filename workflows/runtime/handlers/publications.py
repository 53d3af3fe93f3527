"""Service tasks on the publication of decisions: is it in order, and making it public."""

from __future__ import annotations

from typing import Any

from workflows.governance import publications
from workflows.runtime.errors import Invalid, Refusal
from workflows.runtime.handlers.deadlines import business_error
from workflows.runtime.inline import InlineCall, inline

NOT_PUBLISHABLE = "NOT_PUBLISHABLE"


@inline("decision/check-publication", reads=True)
def check(call: InlineCall) -> dict[str, Any]:
    """``draft``: what ``publication`` would make public, and what changes by it. The error NOT_PUBLISHABLE."""
    return {"draft": publications.as_variables(call.session, _draft(call, "publication"))}


@inline("decision/publish")
def publish(call: InlineCall) -> dict[str, Any]:
    """Make ``draft`` public; the error NOT_PUBLISHABLE where its days have passed meanwhile."""
    row = publications.publish(
        call.session,
        _draft(call, "draft"),
        actor=call.actor,
        at=call.now,
        process_instance_key=call.process_instance_key,
    )
    return {"published": {"publication": row.id, "validFrom": row.valid_from.isoformat()}}


def _draft(call: InlineCall, name: str) -> publications.Draft:
    given = call.variables.get(name)
    try:
        if not isinstance(given, dict):
            raise Invalid(f"{name} 要写 decision 和 validFrom")
        return publications.draft(call.session, given, at=call.now)
    except Refusal as refusal:
        raise business_error(NOT_PUBLISHABLE, refusal) from refusal
