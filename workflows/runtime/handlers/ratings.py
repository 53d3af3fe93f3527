"""The service task that invites a reporter to rate what was done."""

from __future__ import annotations

from workflows.engine.timers import parse_duration
from workflows.governance import ratings
from workflows.runtime.errors import Invalid
from workflows.runtime.handlers.cases import case_of
from workflows.runtime.inline import InlineCall, inline


@inline("rating/invite")
def invite(call: InlineCall) -> None:
    """The header ``validFor`` (ISO 8601) says how long the invitation holds. One for each round of handling."""
    try:
        valid_for = parse_duration(call.headers["validFor"]).after(call.now) - call.now
    except (KeyError, OverflowError, ValueError) as error:
        raise Invalid(f"评价的 validFor 不对:{error}") from error
    ratings.invite(call.session, case_of(call), call.now, valid_for)
