"""An escalation as people see it: who is told what about which case, until when. In Prefect, a run of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.calendar import CHINA
from workflows.store import Database, read
from workflows.store.tables import Case, Deadline, Escalation

if TYPE_CHECKING:
    from workflows.runtime import FiredEscalation


@dataclass(frozen=True, slots=True)
class Message:
    """One escalation in words. ``case`` is its number, or the key of a process instance that belongs to no case."""

    case: str
    stage: str
    level: int
    recipient: str
    label: str
    channel: str
    due: str  # when the stage has to be done
    fired_at: str  # when the rung was due

    def __str__(self) -> str:
        name = f"督办 · 案件 {self.case} · {self.stage} · 第{self.level}级"
        return f"{name} → {self.recipient}:{self.label}(时限 {self.due})"


def describe(database: Database, fired: FiredEscalation) -> Message:
    """The words for a fired rung."""
    with read(database) as session:
        case = session.get(Case, fired.case_id) if fired.case_id is not None else None
        escalation = session.get_one(Escalation, fired.key)
        deadline = session.get_one(Deadline, escalation.deadline_key)
        return Message(
            case=case.number if case else str(fired.process_instance_key),
            stage=fired.stage,
            level=fired.level,
            recipient=fired.recipient,
            label=fired.label,
            channel="、".join(fired.channels),
            due=f"{deadline.due.astimezone(CHINA.zone):%Y-%m-%d %H:%M}",
            fired_at=f"{fired.at.astimezone(CHINA.zone):%Y-%m-%d %H:%M}",
        )
