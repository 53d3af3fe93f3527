"""Service tasks that tell the reporter or the staff something."""

from __future__ import annotations

from workflows.governance import cases, notices
from workflows.runtime.handlers.cases import case_of
from workflows.runtime.inline import InlineCall, inline
from workflows.runtime.notifications import notify

KIND = "notice"  # of the notification


@inline("notice/reporter")
def tell_reporter(call: InlineCall) -> None:
    """The header ``notice`` says what: accepted, refused, handled, closed."""
    notices.tell_reporter(call.session, case_of(call), call.headers["notice"], call.now)


@inline("notice/staff")
def tell_staff(call: InlineCall) -> None:
    """Tell ``to``, a group ``role@unit`` or a person, the ``subject`` and the ``text``; by ``channels`` where given.

    ``caseNumber`` says which case it is about where the instance handles none itself.
    """
    seen = call.variables
    notify(
        call.session,
        group=str(seen["to"]),
        kind=KIND,
        subject=str(seen["subject"]),
        text=str(seen["text"]),
        channels=seen.get("channels") or ["inbox"],
        at=call.now,
        dedupe=f"{KIND}:{call.process_instance_key}:{call.element_id}:{call.now.isoformat()}",
        instance_key=call.process_instance_key,
        case_id=call.case_id or cases.key_of(call.session, str(seen.get("caseNumber") or "")),
    )
