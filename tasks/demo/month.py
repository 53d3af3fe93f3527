"""A month of the sample city, worked by the real engine: it ends now, so that every light is true today."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, event, func, select, text

from tasks.demo.agenda import ACTOR, Agenda
from tasks.demo.citizens import Citizens
from tasks.demo.others import Others, publish_list
from tasks.demo.plates import put_up
from tasks.demo.staff import Staff
from tasks.demo.stories import Stories
from tasks.packs import deploy_pack, packs
from workflows import runtime
from workflows.calendar import CHINA
from workflows.runtime.demo import begin_demo, end_demo, say_percent
from workflows.runtime.demo_accounts import give_accounts
from workflows.store import Database, read, transaction
from workflows.store.base import Utc
from workflows.store.tables import Case, Escalation, Incident, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from tasks.settings import Settings

DAYS = 30
CASES = 300
HELD = "示例城市的消息只记录,不外发 (a sample: recorded, never sent)"
#: Of few rows each, by an index over those that wait: this is done at every commit.
HOLD = (
    text("UPDATE delivery SET state = 'FAILED', next_at = NULL, error = :why WHERE next_at IS NOT NULL"),
    text("UPDATE escalation SET announced = :at WHERE announced IS NULL").bindparams(bindparam("at", type_=Utc())),
)
COUNTED = {
    "cases": Case,
    "instances": ProcessInstance,
    "tasks": UserTask,
    "escalations": Escalation,
    "incidents": Incident,
}


@dataclass(frozen=True, slots=True)
class Month:
    """What is asked for. Without ``until`` it ends when it is made."""

    cases: int = CASES
    seed: str = "1"
    until: datetime | None = None

    @property
    def exemptions(self) -> int:
        return max(2, self.cases // 17)

    @property
    def records(self) -> int:
        return self.cases


def load(
    database: Database, settings: Settings, month: Month, password: str, say: Callable[[str], object]
) -> dict[str, int]:
    """Fill an empty database; how much of everything there is. NotEmpty, DemoRunning, NoPacks."""
    folders = packs(settings.packs)
    until = (month.until or datetime.now(UTC)).replace(microsecond=0)
    first = (until - timedelta(days=DAYS)).astimezone(CHINA.zone).date()
    begin = datetime.combine(first, time(), CHINA.zone).astimezone(UTC)
    about = {"seed": month.seed, "cases": month.cases, "begin": begin.isoformat(), "end": until.isoformat()}
    with transaction(database) as session:
        begin_demo(session, about, actor=ACTOR)
    say("部署业务包,载入示例组织 deploying the packs, loading the sample organisation")
    for pack in folders:
        deploy_pack(database, pack, actor=ACTOR)
    with transaction(database) as session:
        give_accounts(session, password)
    with _kept_inside(database), _unalarmed():
        try:
            _simulate(database, settings, month, (begin, until), say)
        finally:
            with transaction(database) as session:
                runtime.reset_clock(session, actor=ACTOR)
    with transaction(database) as session:
        counts = {
            name: session.execute(select(func.count()).select_from(model)).scalar_one()
            for name, model in COUNTED.items()
        }
        end_demo(session, about | {"counts": counts}, actor=ACTOR)
    return counts


def _simulate(
    database: Database, settings: Settings, month: Month, span: tuple[datetime, datetime], say: Callable[[str], object]
) -> None:
    begin, until = span
    with transaction(database) as session:
        runtime.pin_clock(session, begin, actor=ACTOR)
    publish_list(database, begin)
    put_up(database, month.seed)
    staff = Staff(database, settings.data / "photos", month.seed)
    progress = _Progress(database, span, say)

    def after(now: datetime) -> None:
        staff.notice(now)
        progress.reached(now)

    staff.agenda = agenda = Agenda(database, begin, after)
    samples = settings.packs / "case-handling" / "samples" / "reports.jsonl"
    Citizens(database, agenda, staff, (samples, settings.data / "photos"), month.seed).plan(month.cases, begin, until)
    Stories(database, agenda, settings.packs / "penalty-exemption", settings.data / "evidence", month.seed).plan(
        month.exemptions, begin, until
    )
    Others(database, agenda, month.seed).plan(month.records, begin, until)
    agenda.run(until)


class _Progress:
    """Said at each new day of the month."""

    def __init__(self, database: Database, span: tuple[datetime, datetime], say: Callable[[str], object]) -> None:
        self._database, self._span, self._say = database, span, say
        self._percent = -1

    def reached(self, now: datetime) -> None:
        begin, until = self._span
        percent = min(99, int(100 * ((now - begin) / (until - begin))))
        if percent <= self._percent:
            return
        self._percent = percent
        with transaction(self._database) as session:
            say_percent(session, percent)
        if percent % 10 == 0:
            with read(self._database) as session:
                cases = session.execute(select(func.count()).select_from(Case)).scalar_one()
            self._say(f"{percent:>3} %  {now.astimezone(CHINA.zone):%m-%d}  {cases} 件 cases")


@contextmanager
def _kept_inside(database: Database) -> Iterator[None]:
    """Nothing of the sample leaves the house: letters and announcements are on record as over when they are written."""

    def hold(session: Session) -> None:
        connection = session.connection()
        if not connection.get_execution_options().get("reading"):
            for statement in HOLD:
                connection.execute(statement, {"at": datetime.now(UTC), "why": HELD})

    event.listen(database.writers, "before_commit", hold)
    try:
        yield
    finally:
        event.remove(database.writers, "before_commit", hold)


@contextmanager
def _unalarmed() -> Iterator[None]:
    """The month has incidents, which are meant: the log does not tell of them."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)
