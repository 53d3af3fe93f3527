"""A case: tabs with what it is about, its diagram, timeline, materials, decisions, data, waits and audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Request, Response
from sqlalchemy import or_, select

from api.console import actions, asked, decided, dossier, story, told
from api.console.pages import clock, lasting, page, until
from api.console.people import SignedIn, Staff, may, require
from api.console.scope import SEES_CASES, case_of
from api.console.shown import ClockShown, clock_shown, doers, people_names, photo, unit_titles
from api.console.words import language, word
from api.permissions import Permission
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter
from workflows import runtime
from workflows.engine.xml import shown as shown_xml
from workflows.governance import views
from workflows.runtime.reveals import reveal_reporter
from workflows.store.queries import clocks
from workflows.store.tables import Deadline, Escalation, ProcessDefinition, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.store.tables.governance import Case

router = new_router("Console")
P = Permission
#: What only stands around that which waits.
AROUND = {"SUB_PROCESS", "EVENT_SUB_PROCESS", "AD_HOC_SUB_PROCESS", "MULTI_INSTANCE_BODY"}


@router.get("/cases/{number}", dependencies=[SEES_CASES])
def get_case(request: Request, session: ReadSession, staff: SignedIn, number: str, tab: str = "overview") -> Response:
    """One tab of a case."""
    if tab not in TABS:
        raise Problem(404, "没有这一页")
    if tab in NEEDS:
        require(staff, NEEDS[tab])
    return _shown(request, session, staff, case_of(session, staff, number), tab=tab)


@router.post("/cases/{number}/reveal", dependencies=[SEES_CASES])
def post_reveal(
    request: Request, session: WriteSession, staff: SignedIn, number: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """The reporter with name and telephone; who looked and why goes on record."""
    if not (staff.may(P.CASE_REPORT) or staff.may(P.INSTANCE_MODIFY)):
        raise Problem(403, "您的账号不能查看上报人的个人信息", code="PERMISSION_MISSING")
    case = case_of(session, staff, number)
    report = reveal_reporter(session, number, reason=reason, actor=staff.person)
    revealed = {"name": report.reporter_name, "phone": report.reporter_phone} if report else None
    return _shown(request, session, staff, case, revealed=revealed)


@router.get("/cases/{number}/diagrams/{key}", dependencies=[SEES_CASES])
def get_diagram(request: Request, session: ReadSession, staff: SignedIn, number: str, key: KeyParameter) -> Response:
    """The diagram of an instance and what stands at each element, for the page to draw."""
    instance = _instance_of(session, case_of(session, staff, number), key)
    chosen, at = language(request), runtime.now(session)
    xml = session.execute(
        select(ProcessDefinition.xml).where(ProcessDefinition.key == instance.process_definition_key)
    ).scalar_one()
    drawn = story.drawn(
        session,
        instance,
        at,
        words=lambda one, running: _badges(one, running, at, chosen),
        address=lambda called: f"{request.scope['root_path']}/cases/{number}?tab=diagram&instance={called}",
    )
    return Reply({"xml": shown_xml(xml), **drawn})


@router.get("/cases/{number}/photos/{hash}", dependencies=[SEES_CASES])
def get_photo(request: Request, session: ReadSession, staff: SignedIn, number: str, hash: str) -> Response:
    return photo(request, session, case_of(session, staff, number).key, hash)


@router.get("/cases/{number}/documents/{key}", dependencies=[SEES_CASES, may(P.DOCUMENT_READ)])
def get_document(session: ReadSession, staff: SignedIn, number: str, key: KeyParameter) -> Response:
    """A document that was issued in the case as a page of its own, with what is personal masked."""
    return dossier.document(session, case_of(session, staff, number), key)


@router.get("/cases/{number}/variables/{scope}/{name}", dependencies=[SEES_CASES, may(P.VARIABLE_READ)])
def get_variable(session: ReadSession, staff: SignedIn, number: str, scope: KeyParameter, name: str) -> Response:
    """A value that is too long for the table, whole; what is personal in it is masked."""
    return dossier.variable(session, case_of(session, staff, number), scope, name)


def _instance_of(session: Session, case: Case, key: int) -> ProcessInstance:
    found = session.get(ProcessInstance, key)
    if found is None or found.case_id != case.key:
        raise Problem(404, f"案件 {case.number} 没有这个流程")
    return found


def _badges(one: dict[str, Any], running: tuple[ClockShown, str] | None, at: datetime, chosen: str) -> dict[str, Any]:
    """The words upon an element: tokens, failures and passes above it; how long it waits and its clock below."""
    parts = [f"● {one['active']}"] * bool(one["active"]) + [f"! {one['incident']}"] * bool(one["incident"])
    parts += [f"×{one['passes']}"] * (one["passes"] > 1)
    waits = one["since"] and one["type"] not in AROUND
    below = [word(chosen, "waits", span=lasting((at - one["since"]).total_seconds(), chosen))] if waits else []
    if running is not None:
        shown, rung = running
        below += [until_words(shown, at, chosen), *([rung] if rung else [])]
    light = running[0].light if running else ""
    return one | {"since": clock(one["since"]), "label": " ".join(parts), "below": " · ".join(below), "light": light}


def until_words(shown: ClockShown, at: datetime, chosen: str) -> str:
    """The light in words, and how long there is."""
    return word(chosen, "light.paused") if shown.paused else until(shown.due, at, chosen)


def _instances(session: Session, case: Case) -> list[Row[Any]]:
    columns = (
        ProcessInstance.key,
        ProcessInstance.state,
        ProcessInstance.process_id,
        ProcessInstance.process_definition_key,
        ProcessInstance.root_process_instance_key,
        ProcessInstance.depth,
        ProcessInstance.started,
        ProcessDefinition.name,
        ProcessDefinition.version,
    )
    of_case = select(*columns).join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)
    return list(session.execute(of_case.where(ProcessInstance.case_id == case.key).order_by(ProcessInstance.key)))


def _shown(
    request: Request,
    session: Session,
    staff: Staff,
    case: Case,
    *,
    tab: str = "overview",
    revealed: dict[str, str | None] | None = None,
) -> Response:
    at, instances = runtime.now(session), _instances(session, case)
    asked = request.query_params.get("instance", "")
    shown = next((one for one in instances if str(one.key) == asked), instances[0] if instances else None)
    about = _About(session, staff, case, instances, shown, at, request)
    return page(
        request,
        f"case/{tab}.html",
        staff,
        case=views.details(session, case) | {"text": case.text},
        tab=tab,
        tabs=[name for name in TABS if NEEDS.get(name) is None or staff.may(NEEDS[name])],
        instances=instances,
        shown=shown,
        at=at,
        revealed=revealed,
        verbs=actions.verbs_of(staff),
        **TABS[tab](about),
    )


class _About:
    """What a tab is made of."""

    def __init__(  # noqa: PLR0917 - what a page knows
        self,
        session: Session,
        staff: Staff,
        case: Case,
        instances: list[Row[Any]],
        shown: Row[Any] | None,
        at: datetime,
        request: Request,
    ) -> None:
        self.session, self.staff, self.case, self.at, self.request = session, staff, case, at, request
        self.instances, self.shown = instances, shown
        self.keys = [one.key for one in instances]


def _overview(about: _About) -> dict[str, Any]:
    session = about.session
    of_case = clocks.deadlines(about.at).where(Deadline.process_instance_key.in_(about.keys))
    running = session.execute(of_case.order_by(Deadline.ended.is_not(None), Deadline.due)).all()
    rungs = session.scalars(
        select(Escalation).where(Escalation.process_instance_key.in_(about.keys)).order_by(Escalation.key)
    ).all()
    tasks = [task for rows in story.holders(session, about.keys).values() for task in rows]
    requests, letters = asked.requests(session, about.keys), asked.letters(session, about.case.number)
    groups = {rung.recipient for rung in rungs} | {letter.recipient for letter, _ in letters}
    people = {one.who for one in requests} | {letter.replied_by for letter, _ in letters if letter.replied_by}
    there = {one.state for one in about.instances}
    stopped = told.stopped(session, about.keys) if there & {"SUSPENDED", "TERMINATED"} else None
    names = people_names(session, people | ({stopped["who"]} if stopped else set()))
    titles = unit_titles(session, groups | ({about.case.handler_group} if about.case.handler_group else set()))
    open_clocks = [row for row in running if row.ended is None]
    failures = dossier.incidents(session, about.keys)
    there |= {name for name, some in (("task", tasks), ("incident", failures)) if some}
    there |= {"shelved" if row.suspended_until else "clock" for row in open_clocks}
    running_clocks = [row for row in open_clocks if row.suspended_until is None]
    return {
        "clocks": [(row, clock_shown(row), story.rung_of(row)) for row in running],
        "rungs": rungs,
        "prefect": about.request.app.state.settings.prefect_pages,
        "tasks": tasks,
        "failures": failures,
        "offered": [
            verb for verb in actions.verbs_of(about.staff) if actions.offers(verb, there, running_clocks, about.at)
        ],
        "stopped": stopped,
        "appealable": _own_tasks(
            session, about.staff, [row.element_instance_key for row in running if row.met is False]
        ),
        "requests": requests,
        "letters": letters,
        "names": names,
        "titles": titles,
        "said_names": names | titles,
        "doers": _doers(session, tasks),
    }


def _own_tasks(session: Session, staff: Staff, keys: list[int]) -> set[int]:
    """Those of the tasks that somebody did themselves: of a clock that was late they can say why."""
    did = or_(UserTask.completed_by == staff.person, UserTask.assignee == staff.person)
    return set(session.scalars(select(UserTask.key).where(UserTask.key.in_(keys), did)))


def _diagram(about: _About) -> dict[str, Any]:
    session, shown = about.session, about.shown
    if shown is None:
        return {
            "elements": [],
            "steps": [],
            "back": [],
            "running": {},
            "called": {},
            "holders": {},
            "doers": {},
        }
    model = story.model_of(session, shown.process_definition_key)
    flows = story.taken(session, shown.key)
    holders = story.holders(session, [shown.key])
    tasks = [task for rows in holders.values() for task in rows]
    counted = {flow: flows.count(flow) for flow in story.ways_back(model, flows)}
    return {
        "elements": [one for one in story.elements(session, shown.key) if one["type"] in story.SAID],
        "steps": story.visits(session, shown.key),
        "back": [
            (model.flows[id], _name(model, model.flows[id].source), _name(model, model.flows[id].target), number)
            for id, number in counted.items()
        ],
        "running": story.running_clocks(session, shown.key, about.at),
        "called": story.called(session, shown.key),
        "holders": holders,
        "doers": _doers(session, tasks),
    }


def _doers(session: Session, tasks: list[Row[Any]]) -> dict[int, str]:
    """Who has each task, or may take it."""
    return dict(zip((task.key for task in tasks), doers(session, tasks), strict=True))


def _name(model: Any, id: str) -> str:
    return model.nodes[id].name or id


TABS: dict[str, Callable[[_About], dict[str, Any]]] = {
    "overview": _overview,
    "diagram": _diagram,
    "timeline": lambda about: told.timeline(about.session, about.case, about.keys),
    "materials": lambda about: dossier.materials(about.session, about.staff, about.case, about.keys),
    "decisions": lambda about: decided.decisions(about.session, about.keys),
    "data": lambda about: dossier.data(about.session, about.shown),
    "waits": lambda about: dossier.waits(about.session, about.keys),
    "audit": lambda about: dossier.audit(about.session, about.keys, about.request.query_params.get("before", "")),
}
#: Tabs that need more than reading cases.
NEEDS = {"decisions": P.DECISION_READ, "data": P.VARIABLE_READ, "waits": P.INSTANCE_READ, "audit": P.INSTANCE_READ}
