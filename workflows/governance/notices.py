"""What the citizen is told. Nothing is sent: it is read with the query code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.calendar import CHINA
from workflows.governance import catalogue
from workflows.governance.cases import State, get
from workflows.store.errors import Invalid
from workflows.store.tables.governance import Case, Notice

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_TEXTS = {
    "accepted": "您反映的“{problem}”（{number}）已经立案，正在派遣处置。",
    "refused": "您反映的“{problem}”（{number}）不予受理：{reason}",
    "merged": "您反映的“{problem}”（{number}）与 {main} 是同一问题，已经并案，处理进度以该案为准。",
    "suspended": "您反映的“{problem}”（{number}）一时不具备处置条件，暂缓到 {until}，之后继续处置。",
    "handled": "您反映的“{problem}”（{number}）已经处置，正在核查。",
    "rate": "您反映的“{problem}”（{number}）已经处置并核查，请您评价；不满意的重新处置。",
    "closed": "您反映的“{problem}”（{number}）已经办结，感谢您参与城市管理。",
}


def tell_reporter(session: Session, case_key: int, kind: str, at: datetime, *, until: datetime | None = None) -> str:
    """Write a notice: accepted, refused (or merged, where the case was), suspended ``until``, handled, rate, closed."""
    if kind not in _TEXTS:
        raise Invalid(f"没有“{kind}”这种告知")
    case = get(session, case_key)
    if kind == "refused" and case.state == State.MERGED:
        kind = "merged"
    condition = catalogue.conditions(session).get(case.condition_code)
    main = session.get(Case, case.merged_into) if case.merged_into else None
    text = _TEXTS[kind].format(
        problem=condition.name if condition else "问题",
        number=case.number,
        reason=case.refusal_reason or "",
        main=main.number if main else "",
        until=f"{until.astimezone(CHINA.zone):%Y-%m-%d}" if until else "",
    )
    session.add(Notice(case_key=case_key, kind=kind, text=text, at=at))
    session.flush()
    return text
