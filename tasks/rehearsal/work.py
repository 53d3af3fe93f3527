"""An organisation in fast motion: each report and each task has its hour, and they are done in that order."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from heapq import heappop, heappush
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx

from tasks.deadlines import sweep
from tasks.rehearsal.answers import LIMITS, USUAL, answer, pick, share
from workflows.calendar import CHINA, Limit, Unit
from workflows.governance import organisation
from workflows.store import Database, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tasks.rehearsal.server import Server

Json = dict[str, Any]
LONGEST_WAIT = timedelta(days=30)  # for a case in which nobody has anything to do but a timer runs


class Stuck(RuntimeError):
    """A case does not come to its end."""


@dataclass(slots=True)
class Matter:
    """One report and what became of it."""

    report: str
    number: str = ""
    refusal: str = ""  # why the server did not take the report
    attempts: Counter[str] = field(default_factory=Counter)
    persons: list[str] = field(default_factory=list)  # who had a part in it so far
    seen: set[str] = field(default_factory=set)


class Rehearsal:
    """Sends the reports and works the cases until none is open. Whatever is due fires as the clock passes it."""

    def __init__(self, server: Server, database: Database, say: Callable[[str], object]) -> None:
        self._server = server
        self._database = database
        self._say = say
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._now = datetime.min.replace(tzinfo=UTC)
        self.matters: list[Matter] = []

    def run(self, reports: Iterable[Json]) -> list[Matter]:
        """Each report is ``{id, at, photos, report}``; ``at`` is when it is sent."""
        for report in reports:
            self._plan(datetime.fromisoformat(report["at"]), partial(self._send, report))
        try:
            self._work()
            self._wait_for_timers()
        finally:
            self._server.reset_clock()
        return self.matters

    def _work(self) -> None:
        done = 0
        while self._agenda:
            at, _, act = heappop(self._agenda)
            self._move(at)
            act()
            done += 1
            if done % 250 == 0:
                self._say(f"{self._now:%Y-%m-%d %H:%M} · {len(self.matters)} reports sent · {done} steps")

    def _plan(self, at: datetime, act: Callable[[], None]) -> None:
        heappush(self._agenda, (at, next(self._order), act))

    def _move(self, at: datetime) -> None:
        if at != self._now:
            self._now = at
            self._server.pin_clock(at)
            sweep(self._database)  # Prefect's next sweep tells of what fires here

    def _send(self, report: Json) -> None:
        matter = Matter(report["id"])
        self.matters.append(matter)
        try:
            key = f"rehearsal-{report['id']:0>12}"
            case = self._server.report(report["report"], photos=report["photos"], idempotency_key=key)
        except httpx.HTTPStatusError as error:
            if not error.response.is_client_error:
                raise
            matter.refusal = error.response.json()["detail"]
            return
        matter.number = case["number"]
        self._take_up(matter)

    def _take_up(self, matter: Matter) -> None:
        """Plan what has become open in a case."""
        for task in self._server.open_tasks(matter.number):
            if task["userTaskKey"] not in matter.seen:
                matter.seen.add(task["userTaskKey"])
                matter.attempts[task["elementId"]] += 1
                self._plan(self._ready(matter, task), partial(self._do, matter, task))

    def _ready(self, matter: Matter, task: Json) -> datetime:
        """When the task will be done: a share of its limit, in the limit's own working time."""
        element = task["elementId"]
        limit = LIMITS.get(element) or self._limit_of(task) or USUAL
        return CHINA.due(self._now, limit, share(matter.report, element, matter.attempts[element])).at

    def _limit_of(self, task: Json) -> Limit | None:
        value = json.loads(self._server.variable(task["userTaskKey"], "limit") or "null")
        return Limit(Unit(value["unit"]), Decimal(str(value["number"]))) if value else None

    def _do(self, matter: Matter, task: Json) -> None:
        element, attempt = task["elementId"], matter.attempts[task["elementId"]]
        person = self._person(matter, task)
        try:
            self._server.assign(task["userTaskKey"], person)
            self._server.complete(task["userTaskKey"], answer(matter.report, element, attempt), person)
        except httpx.HTTPStatusError as error:
            # Gone or changed since we looked: a timer or another client was faster.
            if error.response.status_code not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                raise
        matter.persons.append(person)
        self._take_up(matter)

    def _person(self, matter: Matter, task: Json) -> str:
        """Someone of the candidate groups, if possible one who had no part in the case yet."""
        with read(self._database) as session:
            groups = task["candidateGroups"]
            members = [person for group in groups for person in organisation.members(session, group, self._now)]
        if not members:
            raise LookupError(f"nobody is in {groups} for {task['elementId']} of {matter.number}")
        fresh = [person for person in members if person not in matter.persons]
        return pick(fresh or members, matter.report, task["elementId"], matter.attempts[task["elementId"]], "person")

    def _wait_for_timers(self) -> None:
        """Go on with cases in which nobody has anything to do but a timer runs; Stuck when something else is wrong."""
        until = self._now + LONGEST_WAIT
        while waiting := [m for m in self.matters if m.number and not self._server.case(m.number)["ended"]]:
            if incidents := self._server.incidents():
                first = incidents[0]
                raise Stuck(f"{len(incidents)} incidents, the first at {first['elementId']}: {first['errorMessage']}")
            if self._now > until:
                raise Stuck(f"still open: {', '.join(matter.number for matter in waiting)}")
            self._move(self._now + timedelta(hours=12))
            for matter in waiting:
                self._take_up(matter)
            self._work()
