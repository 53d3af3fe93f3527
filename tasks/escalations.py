"""An escalation as people see it: which clock of which case, who is told, how late it is. Nothing personal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tasks import links
from tasks.markdown import LONGEST, shown
from tasks.settings import Settings
from workflows import runtime
from workflows.governance import organisation
from workflows.runtime.escalation_words import POWER_NAMES, clock_name, limit_text, local, span_text
from workflows.runtime.texts import one_line
from workflows.store import Database, read
from workflows.store.queries.supervision import rungs_climbed
from workflows.store.tables import Case, Deadline, Escalation, Unit, UserTask

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.runtime import FiredEscalation

LATE_BEATS = 2  # a rung is late when it fired more than two sweeps after it was due
LONGEST_STAGE = 60
SOMEONE = "承办人"  # a person who has the task: who, stays in our own database


class Link(NamedTuple):
    """A fact that leads somewhere."""

    text: str
    url: str

    def __str__(self) -> str:
        return f"[{shown(self.text)}]({self.url})"


@dataclass(frozen=True, slots=True)
class Message:
    """One escalation in words. ``case`` is its number, or the key of a process instance that belongs to no case."""

    key: int
    case: str
    stage: str
    level: int
    recipient: str
    unit: str  # the recipient's unit, empty where a person or a mere role is meant
    label: str
    due: str  # when the stage has to be done
    late: str  # e.g. 1 天 2 小时; empty: in time
    facts: dict[str, str | Link] = field(repr=False)
    history: list[dict[str, str]] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} → {self.recipient}:{self.label}(时限 {self.due})"

    @property
    def name(self) -> str:
        late = f" · 迟 {self.late}" if self.late else ""
        return f"督办 · 案件 {self.case} · {self.stage} · 第{self.level}级{late}"

    @property
    def heading(self) -> str:
        """The name where Markdown is read: as it is."""
        return shown(self.name)

    @property
    def tags(self) -> list[str]:
        """What a supervisor searches runs by."""
        marks = {"case": self.case, "stage": self.stage, "level": self.level, "recipient": self.recipient}
        if self.unit:
            marks["unit"] = self.unit
        return [f"{name}:{value}" for name, value in marks.items()] + (["late"] if self.late else [])

    def markdown(self) -> str:
        """All of it as two tables."""
        facts = "\n".join(f"| {name} | {_cell(value)} |" for name, value in self.facts.items() if value)
        names = list(self.history[0]) if self.history else []
        rows = [names, ["---"] * len(names), *([_cell(row[name]) for name in names] for row in self.history)]
        climbed = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return f"| | |\n|---|---|\n{facts}\n\n### 这个时限的各级升级\n\n{climbed}\n"


def describe(database: Database, fired: FiredEscalation) -> Message:
    """The words for a rung that fired."""
    with read(database) as session:
        return _message(session, fired, Settings())


def _message(session: Session, fired: FiredEscalation, settings: Settings) -> Message:
    case = session.get(Case, fired.case_id) if fired.case_id is not None else None
    rung = session.get_one(Escalation, fired.key)
    clock = session.get_one(Deadline, rung.deadline_key)
    instance = fired.process_instance_key
    matter = case.number if case else str(instance)
    stage = one_line(clock_name(clock.stage, clock.milestone), LONGEST_STAGE)
    groups = _groups(session, clock)
    recipient = _shown(session, fired, groups)
    delay = fired.fired - fired.at
    late = span_text(delay) if delay > LATE_BEATS * timedelta(seconds=settings.sweep_seconds) else ""
    now = runtime.now(session)
    paused = f",自 {local(clock.paused_since)} 起停" if clock.paused_since else ""
    facts = {
        "案件": Link(case.number, links.page_of_case(settings.links_url, case.number)) if case else "(不属于案件)",
        "流程实例": Link(str(instance), links.of_instance(settings.links_url, instance)),
        "时限": f"{stage},{limit_text(clock.unit, clock.number)}{paused}",
        "开始": local(clock.started),
        "截止": local(clock.due) + (" (该年节假日尚未公布,暂定)" if clock.provisional else ""),
        "级别": f"第 {fired.level} 级",
        "督办对象": _with_name(session, recipient, fired.fired),
        "席位空缺": f"{fired.role} 无人在岗,向上送达" if fired.vacant else "",
        "事由": fired.label,
        "方式": "、".join(fired.channels),
        "请回复于": local(rung.reply_due) if rung.reply_due else "",
        "可决定": "、".join(POWER_NAMES.get(power, power) for power in rung.powers),
        "应触发": local(fired.at),
        "触发": local(fired.fired) + (f",迟 {late}" if late else ""),
        "公布": local(now) + _after(fired.fired, now, settings),
    }
    return Message(
        key=fired.key,
        case=matter,
        stage=stage,
        level=fired.level,
        recipient=recipient,
        unit=recipient.partition("@")[2],
        label=one_line(fired.label, LONGEST),
        due=local(clock.due),
        late=late,
        facts=facts,
        history=[
            {
                "级别": f"第 {row.level} 级",
                "督办对象": _shown(session, row, groups),
                "应触发": local(row.at),
                "触发": local(row.fired),
                "公布": "是" if row.announced else "",
            }
            for row in rungs_climbed(session, clock.key)
        ],
    )


def _groups(session: Session, clock: Deadline) -> set[str | None]:
    """Groups that the clock itself knows: who has it, and who may take its task."""
    task = session.get(UserTask, clock.element_instance_key)
    return {clock.holder, *(task.candidate_groups if task else ())}


def _shown(session: Session, rung: FiredEscalation | Escalation, groups: set[str | None]) -> str:
    """A group is shown; a person, who has the task, is not, though the name looks like a group: zhang@example.org."""
    known = rung.recipient in groups or rung.recipient.startswith(f"{rung.role}@") or _unit(session, rung.recipient)
    return rung.recipient if rung.recipient == rung.role or ("@" in rung.recipient and known) else SOMEONE


def _with_name(session: Session, recipient: str, at: datetime) -> str:
    """The group, and how people call it where that is known."""
    name = organisation.named(session, recipient, at)
    return recipient if name == recipient else f"{recipient} {name}"


def _unit(session: Session, group: str) -> Unit | None:
    id = group.partition("@")[2]
    return session.get(Unit, id) if id else None


def _after(fired: datetime, now: datetime, settings: Settings) -> str:
    waited = now - fired
    missed = waited > LATE_BEATS * timedelta(seconds=settings.sweep_seconds)
    return f",触发后 {span_text(waited)}(其间没有 Prefect)" if missed else ""


def _cell(value: str | Link) -> str:
    return str(value) if isinstance(value, Link) else shown(value)
