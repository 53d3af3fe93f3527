"""Those who report: the sample reports of the pack, spread over a month by the hours of the day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tasks.demo.pictures import kept
from tasks.rehearsal.answers import draw
from workflows import runtime
from workflows.calendar import CHINA
from workflows.governance import cases, photos
from workflows.runtime.errors import Refusal
from workflows.store import Database, transaction
from workflows.store.tables import ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.demo.agenda import Agenda
    from tasks.demo.staff import Matter, Staff

PROCESS = "case-handling"
LONGEST = 150  # characters: the samples also hold texts that try to break pages
#: Cases that wait at a task when the month ends, and how many hours ago each was reported.
WAITING: tuple[tuple[str, float], ...] = (
    ("verify", 0.2), ("verify", 0.4), ("verify", 3), ("file", 0.5), ("file", 5), ("dispatch", 1), ("dispatch", 8),
    ("handle", 2), ("handle", 4), ("handle", 10), ("handle", 26), ("handle", 50), ("handle", 120), ("handle", 250),
    ("check", 30), ("check", 60), ("call", 40), ("call", 75), ("call", 130),
)  # fmt: skip
_STREETS = ("乐坪大道", "长青中街", "春园路", "新星南路", "湘中大道")


@dataclass(frozen=True)
class Reported:
    """One report to come."""

    number: int
    at: datetime
    fields: dict[str, Any]
    stop: str = ""


class Citizens:
    """They report so many cases between two moments."""

    def __init__(self, database: Database, agenda: Agenda, staff: Staff, folders: tuple[Path, Path], seed: str) -> None:
        self._database, self._agenda, self._staff, self._seed = database, agenda, staff, seed
        self._samples, self._photos = folders

    def plan(self, count: int, begin: datetime, until: datetime) -> None:
        for one in self._reports(count, begin, until):
            self._agenda.plan(one.at, partial(self._report, one))

    def _reports(self, count: int, begin: datetime, until: datetime) -> Iterator[Reported]:
        waiting = WAITING[:: max(1, -(-len(WAITING) * 2 // count))]
        samples = list(_samples(self._samples))
        for number in range(count):
            fields = self._moved(number, samples[number % len(samples)])
            if number < len(waiting):
                stop, hours = waiting[number]
                yield Reported(number, max(begin, until - timedelta(hours=hours)), self._inside(number, fields), stop)
                continue
            at = self._moment(number, count, begin, until)
            yield Reported(number, at, fields)
            if draw(self._seed, number, "again") < 1 / 20:
                yield Reported(count + number, at + timedelta(minutes=90), fields | {"channel": "phone"})

    def _moment(self, number: int, count: int, begin: datetime, until: datetime) -> datetime:
        """Days follow each other as the numbers do; most is reported by day."""
        day = (begin + (until - begin) * number / count).astimezone(CHINA.zone).date()
        hour = 7 + 14 * draw(self._seed, number, "hour") * draw(self._seed, number, "early") ** 0.3
        at = datetime.combine(day, time(), CHINA.zone) + timedelta(hours=hour)
        return at if at < until else until - (at - until)

    def _moved(self, number: int, fields: dict[str, Any]) -> dict[str, Any]:
        """Some way off where it was, so that two rounds of the samples are no repetitions of each other."""
        off = [(draw(self._seed, number, way) - 0.5) / 500 for way in ("east", "north")]
        moved = {"lon": round(fields["lon"] + off[0], 6), "lat": round(fields["lat"] + off[1], 6)}
        street = _STREETS[int(draw(self._seed, number, "street") * len(_STREETS))]
        house = 1 + int(draw(self._seed, number, "house") * 180)
        return fields | moved | {"text": f"示例:{fields['text']}", "address": f"样例-{street} {house} 号"}

    def _inside(self, number: int, fields: dict[str, Any]) -> dict[str, Any]:
        """Of the city for sure, every other of one grid, with someone who can be called back."""
        east, north = draw(self._seed, number, "lon"), draw(self._seed, number, "lat")
        here = number % 2 == 0
        lon, lat = (
            (112.0145 + 0.003 * east, 27.7315 + 0.003 * north)
            if here
            else (111.99 + 0.03 * east, 27.715 + 0.025 * north)
        )
        reporter = {"name": f"样例-市民{number:03}", "phone": f"0738-0000{number:03}"}
        return fields | {"lon": round(lon, 6), "lat": round(lat, 6), "anonymous": False, "reporter": reporter}

    def _report(self, one: Reported) -> None:
        public = one.fields["channel"] in {"qr", "web"}
        pictures = int(3 * draw(self._seed, one.number, "photos"))
        fields = one.fields | {"photos": pictures}
        with transaction(self._database) as session:
            now = runtime.now(session)
            case = cases.report(session, fields, now=now)
            for picture in range(pictures):
                photos.attach(
                    session, case.key, stage="report", at=now,
                    **kept(self._photos, "report", self._seed, one.number, picture),
                )  # fmt: skip
            matter = self._staff.matter(case.number)
            matter.id, matter.stop = f"{self._seed}:{one.number}", one.stop
            matter.blocked = not one.stop and one.number % 50 == 12  # noqa: PLR2004
            runtime.start_process(
                session,
                process_id=PROCESS,
                variables={"case": cases.variables(case)},
                business_id=case.number,
                case_id=case.key,
                actor="public" if public else "client:desk",
            )
            self._after(one, case.number, matter)

    def _after(self, one: Reported, number: str, matter: Matter) -> None:
        """A few change their mind, and a few cases are cancelled or stand still by order."""
        if one.stop:
            return
        if (drawn := draw(matter.id, "order")) < 0.02:  # noqa: PLR2004
            self._agenda.plan(self._agenda.now + timedelta(minutes=2), partial(self._withdraw, number))
        elif drawn < 0.03:  # noqa: PLR2004
            self._agenda.plan(self._agenda.now + timedelta(hours=5), partial(self._order, number, "cancel"))
        elif drawn < 0.04:  # noqa: PLR2004
            self._agenda.plan(self._agenda.now + timedelta(hours=5), partial(self._order, number, "suspend"))

    def _withdraw(self, number: str) -> None:
        variables = {"withdrawal": "示例:已经自己清理了。"}
        try:
            with transaction(self._database) as session:
                runtime.correlate_message(session, "case-withdrawn", number, variables, actor="client:desk")
        except Refusal:
            return  # too late: it is filed

    def _order(self, number: str, verb: str) -> None:
        acts = {"cancel": runtime.cancel_process_instance, "suspend": runtime.suspend_process_instance}
        query = select(ProcessInstance.key).where(
            ProcessInstance.business_id == number,
            ProcessInstance.process_id == PROCESS,
            ProcessInstance.ended.is_(None),
        )
        with transaction(self._database) as session:
            if (key := session.execute(query).scalar_one_or_none()) is not None:
                acts[verb](session, key, reason="示例:另案处理。", actor="p-0017")


def _samples(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text("utf-8").splitlines():
        fields = json.loads(line)["report"]
        if len(fields["text"]) <= LONGEST and fields["text"].isprintable() and not set(fields["text"]) & set("<{'\"\\"):
            yield fields
