"""An escalation in words: for the letter, the inbox and the run that shows it. Which clock it is is always said."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.calendar import CHINA, Limit, Unit

if TYPE_CHECKING:
    from datetime import datetime, timedelta

#: What a level may decide, as people say it.
POWER_NAMES = {
    "extend": "延期",
    "reassign": "转办",
    "designate": "指定承办",
    "suspend": "挂账",
    "convene": "召集联合整治",
}
_MINUTE = 60


def local(moment: datetime) -> str:
    """A moment as a wall clock in the city shows it."""
    return f"{moment.astimezone(CHINA.zone):%Y-%m-%d %H:%M}"


def clock_name(stage: str, milestone: str = "") -> str:
    """Which clock: its stage, and the part of it."""
    return f"{stage} · {milestone}" if milestone else stage


def limit_text(unit: str, number: str) -> str:
    """A limit with its unit, e.g. 4 工作时."""
    return str(Limit(Unit(unit), Decimal(number)))


def span_text(span: timedelta) -> str:
    """A span of time to the minute, e.g. 1 天 2 小时."""
    minutes = int(span.total_seconds()) // _MINUTE
    parts = ((minutes // 1440, "天"), (minutes // 60 % 24, "小时"), (minutes % 60, "分"))
    return " ".join(f"{number} {name}" for number, name in parts if number) or "不到 1 分"


def subject_of(matter: str, clock: Any, level: int, label: str) -> str:
    """One line: 〔第 1 级〕案件 2026-000123 处置:已超期…; what comes before the first level is a reminder."""
    rung = f"第 {level} 级" if level else "提醒"
    return f"〔{rung}〕{matter} {clock_name(clock.stage, clock.milestone)}:{label or '时限提醒'}"


def text_of(matter: str, clock: Any, fired: dict[str, Any], *, holder: str | None, instead: str | None) -> str:
    """What the one who is told has to know, a fact a line.

    ``holder`` has the clock, ``instead`` is told in place of a seat that nobody holds, both in words.
    """
    overdue = fired["fired"] - clock.due
    lines = {
        "事项": matter,
        "时限": f"{clock_name(clock.stage, clock.milestone)},{limit_text(clock.unit, clock.number)}",
        "截止": local(clock.due),
        "已超期": span_text(overdue) if overdue.total_seconds() > 0 else None,
        "承办": holder,
        "请回复于": local(fired["reply_due"]) if fired["reply_due"] else None,
        "可决定": "、".join(POWER_NAMES[power] for power in fired["powers"]) or None,
        "说明": instead and f"{fired['role']} 席位空缺,由{instead}代收",
    }
    return "\n".join(f"{name}:{said}" for name, said in lines.items() if said)
