"""Every page there is: which address shows it, for whom, and what else the routes answer with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from sqlalchemy import select
from starlette.routing import Mount

from api.citizens import create_citizens
from api.console.actions.verbs import ACTIONS
from api.console.processes.heat import SCALES
from workflows import runtime
from workflows.governance import organisation
from workflows.governance.spots import Place
from workflows.runtime import staff
from workflows.runtime.demo_accounts import ACCOUNTS
from workflows.runtime.ratings import is_open
from workflows.store import Database, read, transaction
from workflows.store.queries import inbox
from workflows.store.tables import (
    Case,
    Document,
    Incident,
    Photo,
    ProcessDefinition,
    ProcessInstance,
    Rating,
    Report,
    StaffAccount,
    UserTask,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from sqlalchemy.orm import Session

PACKS = Path(__file__).parents[2] / "bpmn"
ALL, GRID, NOBODY = "everything", "grid", ""
GRID_PERSON = next(one.person for one in ACCOUNTS if one.id == GRID)
PASSWORD = "sample-of-tests"  # noqa: S105
ROLES = ("supervisor", "desk", "designer", "viewer", "admin")
TABS = ("overview", "diagram", "timeline", "materials", "decisions", "data", "waits", "audit")
#: Route: who looks, and the addresses of its pages; what stands in braces is in the facts of the database.
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "/console/login": (NOBODY, ("/console/login?next=/cases",)),
    "/console/sample": (ALL, ("/console/sample",)),
    "/console/tasks": (GRID, ("/console/tasks", "/console/tasks?list=claimable", "/console/tasks?list=colleagues")),
    "/console/tasks/{key}": (GRID, ("/console/tasks/{task}",)),
    "/console/messages": (ALL, ("/console/messages",)),
    "/console/cases": (ALL, ("/console/cases", "/console/cases?state=closed&text=nothing-like-it")),
    "/console/cases/export": (ALL, ("/console/cases/export", "/console/cases/export?open=true&variable=x=1")),
    "/console/batches": (ALL, ("/console/batches",)),
    "/console/batches/{key}": (ALL, ("/console/batches/{batch}",)),
    "/console/cases/{number}/act/{verb}": (ALL, tuple(f"/console/cases/{{{verb}}}/act/{verb}" for verb in ACTIONS)),
    "/console/cases/{number}": (
        ALL,
        (
            *(f"/console/cases/{{case}}?tab={tab}" for tab in TABS),
            "/console/cases/{exempted}",
            "/console/cases/{exempted}?tab=materials",
            "/console/cases/{failed}?tab=diagram",
        ),
    ),
    "/console/monitor": (ALL, ("/console/monitor", "/console/monitor?by=late")),
    "/console/overdue": (ALL, ("/console/overdue",)),
    "/console/incidents": (ALL, ("/console/incidents",)),
    "/console/processes": (ALL, ("/console/processes",)),
    "/console/processes/{key}": (
        ALL,
        ("/console/processes/{process}", *(f"/console/processes/{{process}}?show={show}" for show in SCALES)),
    ),
    "/console/processes/{key}/rework": (ALL, ("/console/processes/{process}/rework",)),
    "/console/processes/{key}/compare": (ALL, ("/console/processes/{process}/compare",)),
    "/console/processes/{key}/rules": (ALL, ("/console/processes/{process}/rules",)),
    "/console/processes/{key}/runs": (
        ALL,
        ("/console/processes/{process}/runs?what=passed&id=verify", "/console/processes/{process}/runs"),
    ),
    "/console/processes/deploy": (ALL, ("/console/processes/deploy",)),
    "/console/processes/{key}/migrate": (ALL, ("/console/processes/{process}/migrate",)),
    "/console/spots": (ALL, ("/console/spots",)),
    "/console/spots/plates": (ALL, ("/console/spots/plates", "/console/spots/plates?sheet=a6")),
    "/console/reports/joint": (ALL, ("/console/reports/joint", "/console/reports/joint?outcome=running")),
    "/console/reports": (ALL, tuple(f"/console/reports?by={by}" for by in ("area", "grid", "class", "unit"))),
    "/console/reports/cases": (ALL, ("/console/reports/cases?by=area&figure=reported",)),
    "/console/reports/exempted": (ALL, ("/console/reports/exempted",)),
    "/console/reports/decisions": (ALL, ("/console/reports/decisions",)),
    "/console/calendar": (ALL, ("/console/calendar", "/console/calendar?year=2025")),
    "/console/wall": (ALL, ("/console/wall",)),
    "/": (NOBODY, ("/",)),
    "/r/": (NOBODY, ("/r/",)),
    "/r/{code}": (NOBODY, ("/r/{spot}", "/r/NOBODYS")),
    "/q": (NOBODY, ("/q",)),
    "/rate/{token}": (NOBODY, ("/rate/{rated}", "/rate/{open}", "/rate/nobodys")),
    "/docs": (NOBODY, ("/docs",)),
}
#: What answers with no page: files, data, streams, and addresses that lead elsewhere.
NO_PAGES = {
    "/console/", "/console/first", "/console/tasks/{key}/photos/{hash}", "/console/cases.{form}", "/console/cases/bulk",
    "/console/cases/{number}/variables/{scope}/{name}",
    "/console/cases/{number}/diagrams/{key}", "/console/cases/{number}/photos/{hash}",
    "/console/cases/{number}/documents/{key}", "/console/monitor/grids.json", "/console/processes/{key}/diagram",
    "/console/processes/{key}/compare/diagram", "/console/processes/{key}/file", "/console/decisions/{key}/file",
    "/console/reports.xlsx", "/console/reports/cases.{form}", "/console/live", "/console/wall/grids.json",
    "/console/wall/live", "/console/wall/{key}", "/console/oidc", "/console/oidc/callback", "/r", "/r/sw.js", "/q/photos/{ticket}",
}  # fmt: skip
#: Forms whose answer is a page of its own; all others lead to a page, or come back as the page that they are on.
ANSWERS = {
    "/console/login", "/console/sample", "/console/cases/bulk", "/console/cases/{number}/act/{verb}",
    "/console/cases/{number}/reveal", "/console/tasks/{key}/complete", "/console/calendar/preview",
    "/console/processes/deploy", "/r/", "/r/{code}", "/q", "/rate/{token}",
}  # fmt: skip
#: Forms that lead to a page when they are taken.
LEAD_AWAY = {
    "/console/logout", "/console/language", "/console/first", "/console/tasks/{key}/claim", "/console/tasks/{key}/draft",
    "/console/tasks/{key}/requests", "/console/tasks/{key}/unclaim", "/console/tasks/{key}/assign",
    "/console/tasks/{key}/photos", "/console/messages/read", "/console/cases/views",
    "/console/cases/views/{key}/rename", "/console/cases/views/{key}/delete", "/console/cases/bulk/begin",
    "/console/batches/{key}/{verb}", "/console/incidents/retry", "/console/spots", "/console/spots/{code}/retire",
    "/console/calendar/import", "/console/processes/deploy/confirm", "/console/processes/{key}/migrate", "/display",
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    """What the console and the citizens' pages answer to."""

    method: str
    path: str


def routes(app: FastAPI) -> Iterator[Route]:
    """Those that people come to: everything under the console, at the root, and of the API what is no data."""
    (console,) = (one for one in app.routes if isinstance(one, Mount))
    citizens = create_citizens(app.state)
    for prefix, routed in ((console.path, console.app), ("", citizens)):
        for one in routed.routes:  # type: ignore[attr-defined]
            if isinstance(one, APIRoute):
                yield from (Route(method, prefix + one.path) for method in one.methods)
    yield Route("GET", "/docs")


def facts(database: Database) -> dict[str, Any]:
    """What the addresses of pages are about, in a database that the sample month has filled."""
    with transaction(database) as session:
        [spot] = runtime.import_spots(
            session, [Place("样例-万豪广场", "乐坪大道中段", 111.9945, 27.7281)], actor="tests"
        )
        batch = runtime.create_batch_operation(
            session, "URGE_USER_TASK", [], filter={"cases": "all"}, reason="样例:月底催办", actor="p-0017"
        )
        if session.get(StaffAccount, ALL) is None:
            staff.create_account(session, ALL, PASSWORD, person="p-0002", roles=ROLES, actor="tests")
    runtime.run_batches(database)
    _failed(database)
    _rated(database)
    with read(database) as session:
        return {"spot": spot.code, "batch": batch} | _found(session)


def _failed(database: Database) -> None:
    """A case with a token that cannot go on."""
    wrong = {"request": {"reason": "示例"}, "matter": {"conditionCode": "X"}, "location": {"grid": "G07"}}
    with transaction(database) as session:
        case = session.scalars(select(Case).where(Case.state == "filed").order_by(Case.key)).first()
        assert case is not None
        about = {"business_id": case.number, "case_id": case.key, "actor": "tests"}
        runtime.start_process(session, process_id="joint-rectification", variables=wrong, **about)


def _rated(database: Database) -> None:
    """One of those who are asked has answered."""
    with transaction(database) as session:
        asked = select(Rating).order_by(Rating.invited)
        one = next(rating for rating in session.scalars(asked) if is_open(session, rating))
        runtime.rate_case(session, one.token, "满意", "示例:很快就清理了。")


def _found(session: Session) -> dict[str, Any]:
    def first(query: Any) -> Any:
        return session.execute(query.limit(1)).scalar_one()

    groups = organisation.groups_of(session, GRID_PERSON, runtime.now(session))
    root = ProcessInstance.case_id
    running = select(Case.number).join(ProcessInstance, root == Case.key).where(ProcessInstance.state == "ACTIVE")
    open_task = UserTask.process_instance_key == ProcessInstance.key
    handling = running.join(UserTask, open_task).where(UserTask.state == "CREATED", UserTask.element_id == "handle")
    suspended = select(Case.number).join(ProcessInstance, root == Case.key).where(ProcessInstance.state == "SUSPENDED")
    case = first(
        select(Case.number)
        .join(Photo, Photo.case_key == Case.key)
        .join(Report, Report.case_key == Case.key)
        .where(Case.state == "closed", Report.reporter_phone.is_not(None))
        .order_by(Case.key)
    )
    number = dict.fromkeys(ACTIONS, first(handling)) | {
        "resume": session.execute(suspended.limit(1)).scalar() or first(handling)
    }
    key = first(select(Case.key).where(Case.number == case))
    return number | {
        "case": case,
        "exempted": first(select(Case.number).join(Document, Document.case_key == Case.key)),
        "failed": first(
            select(Case.number)
            .join(ProcessInstance, root == Case.key)
            .join(Incident, Incident.process_instance_key == ProcessInstance.key)
        ),
        "scope": first(select(ProcessInstance.key).where(root == key).order_by(ProcessInstance.key)),
        "task": first(
            select(UserTask.key)
            .where(inbox.claimable(GRID_PERSON, groups), UserTask.state == "CREATED")
            .order_by(UserTask.key)
        ),
        "process": first(
            select(ProcessDefinition.key)
            .where(ProcessDefinition.process_id == "case-handling")
            .order_by(ProcessDefinition.key.desc())
        ),
        "document": first(select(Document.key)),
        "rated": first(select(Rating.token).where(Rating.result.is_not(None))),
        "open": first(select(Rating.token).order_by(Rating.invited.desc())),
        "code": first(select(Case.query_code).where(Case.number == case)),
    }
