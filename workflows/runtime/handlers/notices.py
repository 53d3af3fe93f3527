"""Service tasks that tell the reporter something."""

from __future__ import annotations

from workflows.governance import notices
from workflows.runtime.handlers.cases import case_of
from workflows.runtime.inline import InlineCall, inline


@inline("notice/reporter")
def tell_reporter(call: InlineCall) -> None:
    """The header ``notice`` says what: accepted, refused, handled, closed."""
    notices.tell_reporter(call.session, case_of(call), call.headers["notice"], call.now)
