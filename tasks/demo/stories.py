"""Penalty exemptions: the scenarios of the pack told again on cases of the month, with its dates and new parties."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from tasks.demo.agenda import ACTOR
from tasks.rehearsal.answers import draw
from tasks.scenarios.playing import CannotPlay, Scene
from tasks.scenarios.reading import kind_of, read_scenarios
from workflows import runtime
from workflows.calendar import CHINA, Limit, Unit
from workflows.engine.timers import parse_duration
from workflows.governance import cases
from workflows.runtime.errors import Refusal
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.demo.agenda import Agenda
    from tasks.scenarios import Scenario

PROCESS = "penalty-exemption"
PARTY = "P-0002"  # who it is in the scenarios
#: What is told, the usual ends more often than the rare ones.
STORIES = (
    "listed-minor", "first-offence", "unlisted-minor", "not-corrected", "listed-minor", "no-fault", "plea-adopted",
    "first-offence", "not-inclined", "crime", "listed-minor", "youth", "rebound", "first-offence", "officers-replaced",
    "over-the-limit", "plea-not-made", "unknown-party",
)  # fmt: skip
OPENED = timedelta(hours=2)  # after the report
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+]08:00")


class Stories:
    """So many exemptions, begun on working days between two moments."""

    def __init__(self, database: Database, agenda: Agenda, pack: Path, files: Path, seed: str) -> None:
        self._database, self._agenda, self._files, self._seed = database, agenda, files, seed
        found = {one.file.stem: one for one in read_scenarios(pack)}
        self._scenarios = [found[name] for name in STORIES]

    def plan(self, count: int, begin: datetime, until: datetime) -> None:
        """The later of them are still open when the month ends."""
        for number, scenario in enumerate(islice(cycle(self._scenarios), count)):
            day = begin + (until - begin) * (number + 0.3) / count
            start = CHINA.due(day, Limit(Unit.WORK_DAY, Decimal(1))).at.astimezone(CHINA.zone)
            at = datetime.combine(start.date(), time(9), CHINA.zone)
            if at < until:
                self._agenda.plan(at - OPENED, partial(self._report, number, scenario, at))

    def _report(self, number: int, scenario: Scenario, at: datetime) -> None:
        off = [(draw(self._seed, number, way) - 0.5) / 100 for way in ("lon", "lat")]
        given = scenario.given["case"]
        fields = given | {
            "lon": round(float(given["lon"]) + off[0], 6),
            "lat": round(float(given["lat"]) + off[1], 6),
            "text": f"示例:{given['text']}",
            "address": f"样例-长青中街 {8 + number} 号",
        }
        with transaction(self._database) as session:
            now = runtime.now(session)
            party = {
                "kind": "organisation",
                "name": f"样例-商户{number:02}(个体工商户)",
                "licence": [f"92430000SAMPLE1{number:03}"],
                "source": "sample",
            }
            runtime.put_entry(session, "parties", party, key=_party(number), reason="示例", actor=ACTOR)
            case = cases.report(session, fields, now=now)
            runtime.start_process(
                session,
                process_id="case-handling",
                variables={"case": cases.variables(case)},
                business_id=case.number,
                case_id=case.key,
                actor="client:desk",
            )
        self._agenda.plan(at, partial(self._open, number, scenario, case.number))

    def _open(self, number: int, scenario: Scenario, case_number: str) -> None:
        try:
            with transaction(self._database) as session:
                key = runtime.open_exemption(session, case_number, actor="p-0032")
        except Refusal:
            return  # the case was not accepted
        told = _told(scenario, self._agenda.now - scenario.at, _party(number))
        scene = Scene(self._database, scenario, self._files, instance_key=key)
        self._go_on(scene, told)

    def _go_on(self, scene: Scene, steps: Iterator[dict[str, Any]]) -> None:
        """One step, and the next some minutes later."""
        for step in steps:
            if kind_of(step) == "move":
                later = parse_duration(step["move"]).after(self._agenda.now)
                self._agenda.plan(later, partial(self._go_on, scene, steps))
                return
            try:
                scene.do(step)
            except (CannotPlay, Refusal):
                return  # the month took another turn: it waits for people
            if kind_of(step) == "task":
                self._agenda.plan(self._agenda.now + timedelta(minutes=3), partial(self._go_on, scene, steps))
                return


def _party(number: int) -> str:
    return f"P-1{number:03}"


def _told(scenario: Scenario, later: timedelta, party: str) -> Iterator[dict[str, Any]]:
    """The steps with their moments so much later, and another party."""
    for step in scenario.steps:
        if kind_of(step) != "fail":
            yield _moved(step, later, party)


def _moved(value: Any, later: timedelta, party: str) -> Any:
    match value:
        case dict():
            return {name: _moved(each, later, party) for name, each in value.items()}
        case list():
            return [_moved(each, later, party) for each in value]
        case str():
            moved = _MOMENT.sub(lambda found: (datetime.fromisoformat(found[0]) + later).isoformat(), value)
            return party if moved == PARTY else moved
    return value
