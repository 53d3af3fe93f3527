"""The result of a case: in time, how often reworked, how satisfied the reporter is, how many stars that makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, or_, select

from workflows.store.tables import Deadline, ProcessInstance

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

HANDLING = "处置"
#: Of clocks that are found by their instances: written so that no database looks for them among all of the stage.
OF_HANDLING = Deadline.stage.concat("") == HANDLING
MAX_REWORKS_COUNTED = 2

# What the callback says → stars. Nobody reached, nobody to ask: the result stands for itself.
_STARS = {"满意": 5, "基本满意": 4, "不满意": 2}
_STARS_UNASKED = 5


@dataclass(frozen=True, slots=True)
class Evaluation:
    on_time: bool
    reworks: int
    satisfaction: str | None
    stars: int

    def as_variables(self) -> dict[str, Any]:
        return {
            "onTime": self.on_time,
            "reworks": self.reworks,
            "satisfaction": self.satisfaction,
            "stars": self.stars,
        }


def evaluate(session: Session, case_key: int, *, reworks: int, satisfaction: str | None, now: datetime) -> Evaluation:
    """One star less for being late, one for each rework (two count), never below one."""
    on_time = handled_in_time(session, case_key, now)
    stars = _STARS.get(satisfaction or "", _STARS_UNASKED) - (not on_time) - min(reworks, MAX_REWORKS_COUNTED)
    return Evaluation(on_time, reworks, satisfaction, max(1, stars))


def handled_in_time(session: Session, case_key: int, now: datetime) -> bool:
    """Whether no handling clock of the case ran over. Other stages are the centre's own and are not counted here."""
    late = or_(Deadline.met.is_(False), and_(Deadline.ended.is_(None), Deadline.due < now))
    instances = select(ProcessInstance.key).where(ProcessInstance.case_id == case_key)
    overrun = exists().where(Deadline.process_instance_key.in_(instances), OF_HANDLING, late)
    return not session.execute(select(overrun)).scalar_one()
