"""The staff of the sample city: they see what has become open, take it when its turn comes, and answer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tasks.demo.answers import ANSWERS, BLOCKED, answer, share
from tasks.demo.pictures import kept
from tasks.rehearsal.answers import draw
from workflows import runtime
from workflows.calendar import CHINA, Limit, Unit
from workflows.governance import organisation
from workflows.runtime.errors import Refusal
from workflows.runtime.photos import add_photo
from workflows.store import Database, read, transaction
from workflows.store.tables import Deadline, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from tasks.demo.agenda import Agenda

CASES = "case-handling"
USUAL = Limit(Unit.WORK_HOUR, Decimal(4))  # for a task without a clock
AGAIN = timedelta(hours=20)  # after which someone who was refused tries again: a clock stood still, say
TRIES = 12
ASKED = (("request_extension", 0.08), ("request_suspension", 0.13))  # up to these shares of the tasks on the spot
APPEALED = 0.3


@dataclass
class Matter:
    """What belongs together: a case with what is about it, or a process of its own."""

    id: str
    stop: str = ""  # the task that nobody does
    blocked: bool = False  # it cannot be solved by one department
    attempts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    persons: set[str] = field(default_factory=set)  # who had a part in it so far


class Staff:
    """``agenda`` is where they plan; ``notice`` is to be called whenever something may have become open."""

    def __init__(self, database: Database, photos: Path, seed: str) -> None:
        self._database = database
        self._photos = photos
        self._seed = seed
        self._seen: set[int] = set()
        self._members: dict[str, list[str]] = {}
        self.matters: dict[str, Matter] = {}
        self.agenda: Agenda

    def matter(self, name: str) -> Matter:
        if name not in self.matters:
            self.matters[name] = Matter(f"{self._seed}:{name}")
        return self.matters[name]

    def notice(self, since: datetime) -> None:
        """Plan what has become open at this moment or later."""
        query = (
            select(
                UserTask.key,
                UserTask.element_id,
                UserTask.candidate_groups,
                UserTask.process_instance_key,
                ProcessInstance.process_id,
                ProcessInstance.business_id,
                ProcessInstance.case_id,
            )
            .join(ProcessInstance, ProcessInstance.key == UserTask.process_instance_key)
            .where(UserTask.state == "CREATED", UserTask.created >= since)
            .order_by(UserTask.key)
        )
        with read(self._database) as session:
            tasks = [task for task in session.execute(query) if task.key not in self._seen]
            for task in tasks:
                self._seen.add(task.key)
                if task.element_id in ANSWERS.get(task.process_id, {}):
                    self._plan(session, task)

    def _plan(self, session: Session, task: Row[Any]) -> None:
        matter = self.matter(task.business_id or str(task.process_instance_key))
        name = f"{task.process_id}/{task.element_id}"
        matter.attempts[name] += 1
        if matter.stop == task.element_id and task.process_id == CASES:
            self._later(Decimal("0.1"), USUAL, partial(self._take, matter, task))
            if task.element_id == "handle":
                self._later(Decimal("0.05"), USUAL, partial(self._ask, matter, task, "request_suspension"))
            return
        attempt = matter.attempts[name]
        limit, spent = self._limit(session, task), share(task.element_id, matter.id, attempt)
        drawn = draw(matter.id, name, attempt, "care")
        if drawn < 1 / 2:
            self._later(spent / 4, limit, partial(self._take, matter, task))
        if task.element_id == "handle" and attempt == 1:
            asked = draw(matter.id, "asks")
            for command, below in ASKED:
                if asked < below:
                    self._later(min(spent, Decimal(1)) / 2, limit, partial(self._ask, matter, task, command))
                    break
        self._later(spent, limit, partial(self._do, matter, task, attempt))

    def _later(self, spent: Decimal, limit: Limit, act: Callable[[], None]) -> None:
        self.agenda.plan(CHINA.due(self.agenda.now, limit, spent).at, act)

    def _limit(self, session: Session, task: Row[Any]) -> Limit:
        """Of the clock that ends first in its instance."""
        own = (Deadline.process_instance_key == task.process_instance_key, Deadline.ended.is_(None))
        clock = session.execute(select(Deadline.unit, Deadline.number).where(*own).order_by(Deadline.due)).first()
        return Limit(Unit(clock.unit), Decimal(clock.number)) if clock else USUAL

    def _take(self, matter: Matter, task: Row[Any]) -> None:
        for person in self._persons(matter, task)[:1]:
            self._tried(partial(runtime.assign_user_task, key=task.key, assignee=person, actor=person))

    def _ask(self, matter: Matter, task: Row[Any], command: str) -> None:
        given: dict[str, Any] = {"reason": "示例:材料和机械还没有到位。", "actor": self._persons(matter, task)[0]}
        if command == "request_suspension":
            given["until"] = self.agenda.now + timedelta(
                days=15 if matter.stop else 3 + int(8 * draw(matter.id, "until"))
            )
        query = select(Deadline.key).where(
            Deadline.process_instance_key == task.process_instance_key,
            Deadline.ended.is_(None),
            Deadline.milestone == "",
        )

        def ask(session: Session) -> None:
            key = session.execute(query.order_by(Deadline.key.desc()).limit(1)).scalar_one_or_none()
            if key is not None:
                getattr(runtime, command)(session, key, **given)

        self._tried(ask)

    def _do(self, matter: Matter, task: Row[Any], attempt: int, tries: int = 0) -> None:
        """By someone new where the task asks for that; what does not fit is answered the usual way, or tried again."""
        if not self._open(task.key):
            return
        usual = ANSWERS[task.process_id][task.element_id][0][1]
        given = answer(task.process_id, task.element_id, matter.id, attempt)
        if matter.blocked and task.element_id == "handle" and attempt == 1:
            given = BLOCKED
        for person in self._persons(matter, task)[:3]:
            for variables in (given, usual):
                if self._tried(partial(self._complete, matter, task, person, variables)):
                    matter.persons.add(person)
                    return
        if tries < TRIES:
            self.agenda.plan(self.agenda.now + AGAIN, partial(self._do, matter, task, attempt, tries + 1))

    def _complete(
        self, matter: Matter, task: Row[Any], person: str, variables: dict[str, Any], session: Session
    ) -> None:
        if task.process_id == CASES and task.case_id is not None:
            self._show(session, matter, task, person, variables)
        runtime.assign_user_task(session, task.key, person, actor=person)
        runtime.complete_user_task(session, task.key, variables, actor=person)
        if task.element_id == "check" and draw(matter.id, "appeals") < APPEALED:
            self.agenda.plan(self.agenda.now + timedelta(hours=3), partial(self._appeal, task))

    def _show(self, session: Session, matter: Matter, task: Row[Any], person: str, variables: dict[str, Any]) -> None:
        stage = {"handle": "handling", "step": "handling", "check": "inspection"}.get(task.element_id)
        if stage and variables["result"] in {"办结", "通过"} and draw(matter.id, task.key, "photo") < 0.6:  # noqa: PLR2004
            picture = kept(self._photos, stage, matter.id, task.key)
            add_photo(session, task.key, picture, stage=stage, actor=person)

    def _appeal(self, task: Row[Any]) -> None:
        """申诉 against having been overdue on the spot, by who had it."""
        query = select(Deadline.key, Deadline.holder).where(
            Deadline.process_instance_key == task.process_instance_key,
            Deadline.met.is_(False),
            Deadline.stage == "处置",
            Deadline.milestone == "",
        )

        def appeal(session: Session) -> None:
            if (clock := session.execute(query.limit(1)).first()) is not None:
                members = self._of(session, [clock.holder])
                runtime.request_appeal(session, clock.key, reason="示例:连日暴雨,无法施工。", actor=members[0])

        self._tried(appeal)

    def _tried(self, act: Callable[[Session], object]) -> bool:
        """Whether it was not refused. A refusal is what people meet with every day, and nothing is left of it."""
        try:
            with transaction(self._database) as session:
                act(session)
        except Refusal:
            return False
        return True

    def _open(self, key: int) -> bool:
        with read(self._database) as session:
            state = session.execute(select(UserTask.state).where(UserTask.key == key)).scalar_one()
        return bool(state == "CREATED")

    def _persons(self, matter: Matter, task: Row[Any]) -> list[str]:
        """Who may do it, those first who had no part in the matter yet."""
        with read(self._database) as session:
            has = session.execute(select(UserTask.assignee).where(UserTask.key == task.key)).scalar_one()
            members = self._of(session, task.candidate_groups)
        order = sorted(members, key=lambda person: (person in matter.persons, draw(matter.id, task.element_id, person)))
        return list(dict.fromkeys([*([has] if has else []), *order]))

    def _of(self, session: Session, groups: list[str]) -> list[str]:
        found: list[str] = []
        for group in groups:
            if group not in self._members:
                self._members[group] = organisation.members(session, group, self.agenda.now)
            found += self._members[group]
        return found
