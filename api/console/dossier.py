"""The file of a case, tab by tab: what happened, what was handed in, decided, stored, waited for and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import Response
from sqlalchemy import func, select

from api.console import fields
from api.console.guard import POLICY
from api.console.people import Staff
from api.console.shown import people_names, unit_titles
from api.permissions import Permission
from api.problems import Problem
from api.v2.kinds import key_or_none
from workflows import runtime
from workflows.governance import documents, register_schemas
from workflows.governance.register_schemas import mask
from workflows.runtime.events import chain_broken_at
from workflows.store.json import dumps
from workflows.store.queries.variables import variables
from workflows.store.tables import (
    Document,
    ElementInstance,
    Escalation,
    Event,
    Evidence,
    Form,
    Incident,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    Timer,
    UserTask,
)
from workflows.store.tables.governance import CaseStep, Notice, Photo

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.store.tables.governance import Case

P = Permission
PAGE, MOST, LONG = 100, 300, 200
PERSONAL = frozenset({"phone", "reporterName", "reporterPhone", "idNumber", "reporter"})
#: What people do to an instance beside its tasks, as the timeline tells it.
INTERVENTIONS = (
    "process-instance:cancel",
    "process-instance:modify",
    "process-instance:migrate",
    "process-instance:suspend",
    "process-instance:resume",
    "process-instance:hand-over",
    "user-task:assign",
    "user-task:unassign",
    "user-task:urge",
    "deadline:request",
    "deadline:extend",
    "deadline:suspend",
    "deadline:resume",
    "incident:resolve",
    "incident:skip",
    "variables:set",
    "case:reveal",
)


def incidents(session: Session, keys: Collection[int]) -> list[Incident]:
    """What has failed and waits for someone, the oldest first."""
    query = select(Incident).where(Incident.process_instance_key.in_(keys), Incident.state == "ACTIVE")
    return list(session.scalars(query.order_by(Incident.key)))


def timeline(session: Session, case: Case, keys: Collection[int]) -> dict[str, Any]:
    """What happened, the newest first: steps, tasks, interventions, rungs, what the citizen was told."""
    told: list[dict[str, Any]] = [
        {"at": row.at, "kind": "step", "what": row.step, "who": "", "text": ""}
        for row in session.scalars(select(CaseStep).where(CaseStep.case_key == case.key))
    ]
    told += [
        {
            "at": row.ended,
            "kind": f"task.{row.state}",
            "what": row.name or row.element_id,
            "who": row.completed_by or "",
            "text": "",
        }
        for row in session.execute(
            select(UserTask.ended, UserTask.state, UserTask.name, UserTask.element_id, UserTask.completed_by)
            .where(UserTask.process_instance_key.in_(keys), UserTask.ended.is_not(None))
            .order_by(UserTask.ended.desc())
            .limit(MOST)
        )
    ]
    id, name = ElementInstance.element_id, ElementInstance.element_name
    passed = select(id, func.coalesce(name, id)).where(ElementInstance.process_instance_key.in_(keys)).distinct()
    called = dict(session.execute(passed).tuples().all())
    told += [
        {
            "at": row.at,
            "kind": row.tag,
            "what": str(row.details.get("stage") or called.get(row.details.get("element")) or ""),
            "who": row.actor,
            "text": str(row.details.get("reason", "")),
        }
        for row in session.execute(
            select(Event.at, Event.tag, Event.actor, Event.details)
            .where(Event.process_instance_key.in_(keys), Event.tag.in_(INTERVENTIONS))
            .order_by(Event.key.desc())
            .limit(MOST)
        )
    ]
    told += [
        {"at": row.fired, "kind": "rung", "what": f"{row.stage} · {row.label}", "who": row.recipient, "text": ""}
        for row in session.scalars(select(Escalation).where(Escalation.process_instance_key.in_(keys)))
    ]
    told += [
        {"at": row.at, "kind": "notice", "what": "", "who": "", "text": row.text}
        for row in session.scalars(select(Notice).where(Notice.case_key == case.key))
    ]
    told.sort(key=lambda one: one["at"], reverse=True)
    who = {one["who"] for one in told}
    return {
        "told": told[:MOST],
        "names": people_names(session, who) | unit_titles(session, {one for one in who if "@" in one}),
    }


def materials(session: Session, staff: Staff, case: Case, keys: Collection[int]) -> dict[str, Any]:
    """Photos by stage, what was filled in at each task, evidence and documents as far as one may see them."""
    photos: dict[str, list[Photo]] = {"report": [], "handling": [], "inspection": []}
    for one in session.scalars(select(Photo).where(Photo.case_key == case.key).order_by(Photo.id)):
        photos.setdefault(one.stage, []).append(one)
    evidence = select(Evidence).where(Evidence.case_key == case.key).order_by(Evidence.key)
    answers = _answers(session, keys)
    return {
        "photos_by": photos,
        "answers": answers,
        "evidence": session.scalars(evidence).all() if staff.may(P.EVIDENCE_READ) else [],
        "documents": documents.of_case(session, case.key) if staff.may(P.DOCUMENT_READ) else [],
        "names": people_names(session, {one["who"] for one in answers}),
    }


def _answers(session: Session, keys: Collection[int]) -> list[dict[str, Any]]:
    """What was answered in each form, under the titles of the form as it was then; personal values masked."""
    query = (
        select(Event.at, Event.actor, Event.details)
        .where(Event.process_instance_key.in_(keys), Event.tag == "user-task:complete")
        .order_by(Event.key.desc())
        .limit(MOST)
    )
    rows = session.execute(query).all()
    tasks = {
        row.key: row
        for row in session.execute(
            select(UserTask.key, UserTask.name, UserTask.element_id, Form.schema)
            .outerjoin(Form, Form.key == UserTask.form_key)
            .where(UserTask.key.in_([row.details["key"] for row in rows]))
        )
    }
    personal = personal_names(session)
    found = []
    for row in rows:
        task = tasks.get(row.details["key"])
        titles = (task.schema or {}).get("properties", {}) if task else {}
        given = masked(row.details.get("variables", {}), personal)
        answers = [
            (of.get("title", name), shortened(fields.readable(of, value)))
            for name, value in given.items()
            for of in (titles.get(name, {}),)
        ]
        name = (task.name or task.element_id) if task else row.details["element"]
        found.append({"at": row.at, "who": row.actor, "name": name, "answers": answers})
    return found


def data(session: Session, shown: Row[Any] | None) -> dict[str, Any]:
    """Variables by scope, outermost first; personal values masked, long ones shortened."""
    if shown is None:
        return {"scopes": []}
    personal = personal_names(session)
    scopes: dict[int, list[dict[str, Any]]] = {}
    for one in variables(session, shown.key):
        whole = text_of(masked({one.name: one.value}, personal)[one.name])
        row = {"name": one.name, "text": whole[:LONG], "long": len(whole) > LONG}
        scopes.setdefault(one.scope_key, []).append(row)
    names = {
        row.key: row.element_name or row.element_id
        for row in session.execute(
            select(ElementInstance.key, ElementInstance.element_name, ElementInstance.element_id).where(
                ElementInstance.key.in_(scopes)
            )
        )
    }
    return {"scopes": [(key, names.get(key, ""), rows) for key, rows in scopes.items()]}


def waits(session: Session, keys: Collection[int]) -> dict[str, Any]:
    """What is waited for: messages, signals, timers, jobs; and what failed."""

    def of(table: Any, *order: Any) -> list[Any]:
        return list(
            session.scalars(select(table).where(table.process_instance_key.in_(keys)).order_by(*order).limit(MOST))
        )

    return {
        "messages": of(MessageSubscription, MessageSubscription.created),
        "signals": of(SignalSubscription, SignalSubscription.key),
        "timers": of(Timer, Timer.due),
        "jobs": of(Job, Job.key.desc()),
        "failures": of(Incident, Incident.key.desc()),
    }


def audit(session: Session, keys: Collection[int], before: str) -> dict[str, Any]:
    """The events of its instances, the newest first, and whether each chain is whole."""
    query = select(Event).where(Event.process_instance_key.in_(keys)).order_by(Event.key.desc())
    if (newest := key_or_none(before)) is not None:
        query = query.where(Event.key < newest)
    rows = session.scalars(query.limit(PAGE + 1)).all()
    personal = personal_names(session)
    return {
        "events": [(row, text_of(masked(row.details, personal))) for row in rows[:PAGE]],
        "next": rows[PAGE - 1].key if len(rows) > PAGE else None,
        "broken": {key: seq for key in keys if (seq := chain_broken_at(session, key)) is not None},
        "names": people_names(session, {row.actor for row in rows}),
    }


def document(session: Session, case: Case, key: int) -> Response:
    """As it was printed, masked; it runs nothing and loads nothing."""
    found = session.get(Document, key)
    if found is None or found.case_key != case.key:
        raise Problem(404, f"案件 {case.number} 没有这份文书")
    html = runtime.document_page(session, found, masked=True)
    return Response(html, media_type="text/html; charset=utf-8", headers={"content-security-policy": POLICY})


def variable(session: Session, case: Case, scope: int, name: str) -> Response:
    instances = session.scalars(select(ProcessInstance.key).where(ProcessInstance.case_id == case.key)).all()
    for instance in instances:
        for one in variables(session, instance):
            if (one.scope_key, one.name) == (scope, name):
                whole = text_of(masked({name: one.value}, personal_names(session))[name])
                return Response(whole, media_type="text/plain; charset=utf-8")
    raise Problem(404, f"案件 {case.number} 没有变量 {name[:40]}")


def personal_names(session: Session) -> frozenset[str]:
    """Names under which something personal stands: those of the registers, and the reporter's."""
    return PERSONAL | {name for schema in register_schemas.every(session) for name in schema.personal}


def masked(values: dict[str, Any], personal: frozenset[str]) -> dict[str, Any]:
    """The same with what stands under such a name masked, at any depth."""
    return {name: mask(value) if name in personal else _inside(value, personal) for name, value in values.items()}


def _inside(value: Any, personal: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return masked(value, personal)
    if isinstance(value, list):
        return [_inside(one, personal) for one in value]
    return value


def text_of(value: Any) -> str:
    """A text as it is, everything else as JSON."""
    return value if isinstance(value, str) else dumps(value)


def shortened(value: Any) -> str:
    text = "" if value is None else text_of(value)
    return text if len(text) <= LONG else f"{text[:LONG]}…"
