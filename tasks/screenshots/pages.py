"""Which pages are pictured, and where on the sample month each is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select

from workflows import runtime
from workflows.governance import organisation
from workflows.governance.spots import Place
from workflows.runtime.demo_accounts import ACCOUNTS
from workflows.store import Database, read, transaction
from workflows.store.queries import inbox
from workflows.store.tables import Case, Event, ProcessDefinition, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

DESK, TELEPHONE, WALL = (1440, 900), (390, 844), (1920, 1080)
PLATE = Place("样例-万豪广场北门", "乐坪大道中段", 111.9945, 27.7281)


class Picture(NamedTuple):
    """One page as somebody sees it; without an account nobody is signed in."""

    name: str
    path: str
    account: str = "supervisor"
    size: tuple[int, int] = DESK
    focus: str = ""  # what stands at the lower edge


def pictures(database: Database) -> Iterator[Picture]:
    """A plate is put up for the citizen's page."""
    with transaction(database) as session:
        [spot] = runtime.import_spots(session, [PLATE], actor="screenshots")
        code = spot.code
    with read(database) as session:
        case, process = _case(session), _process(session)
        month, task = _month(session), _task(session)
    yield Picture("inbox", "/console/tasks", "grid")
    yield Picture("task-telephone", f"/console/tasks/{task}", "grid", TELEPHONE)
    yield Picture("cases", "/console/cases?open=true")
    yield Picture("case", f"/console/cases/{case}")
    yield Picture("case-diagram", f"/console/cases/{case}?tab=diagram", focus=".diagram")
    yield Picture("overview", "/console/monitor")
    yield Picture("process-heat", f"/console/processes/{process}?show=time", focus=".diagram")
    yield Picture("report", f"/console/reports?by=area&month={month}")
    yield Picture("wall", "/console/wall", "supervisor", WALL)
    yield Picture("citizen-report", f"/r/{code}", "", TELEPHONE)


def _case(session: Session) -> str:
    """An open one that has been through most."""
    query = (
        select(Case.number)
        .join(ProcessInstance, ProcessInstance.case_id == Case.key)
        .join(Event, Event.process_instance_key == ProcessInstance.key)
        .join(UserTask, (UserTask.process_instance_key == ProcessInstance.key) & (UserTask.state == "CREATED"))
        .where(Case.ended.is_(None))
        .group_by(Case.number)
        .order_by(func.count().desc())
    )
    return session.execute(query.limit(1)).scalar_one()


def _task(session: Session) -> int:
    """One that the person of the grid has or may take, and that ends first."""
    person = next(one.person for one in ACCOUNTS if one.id == "grid")
    groups = organisation.groups_of(session, person, runtime.now(session))
    offered = or_(inbox.mine(person), inbox.claimable(person, groups))
    return session.execute(
        select(UserTask.key).where(offered, UserTask.state == "CREATED").order_by(UserTask.key).limit(1)
    ).scalar_one()


def _process(session: Session) -> int:
    of_cases = ProcessDefinition.process_id == "case-handling"
    query = select(ProcessDefinition.key).where(of_cases).order_by(ProcessDefinition.version.desc())
    return session.execute(query.limit(1)).scalar_one()


def _month(session: Session) -> str:
    """That in which most was reported."""
    months = [at.strftime("%Y-%m") for at in session.scalars(select(Case.reported))]
    return max(set(months), key=months.count)
