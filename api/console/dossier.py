"""The file of a case, tab by tab: what happened, what was handed in, decided, stored, waited for and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import Response
from sqlalchemy import select

from api.console import told
from api.console.guard import POLICY
from api.console.people import Staff
from api.console.shown import people_names
from api.console.told import LONG, MOST, masked, personal_names, text_of
from api.permissions import Permission
from api.problems import Problem
from api.v2.kinds import key_or_none
from workflows import runtime
from workflows.governance import documents
from workflows.runtime.events import chain_broken_at
from workflows.store.queries.variables import variables
from workflows.store.tables import (
    Document,
    ElementInstance,
    Event,
    Evidence,
    Incident,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    Timer,
)
from workflows.store.tables.governance import Photo

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.store.tables.governance import Case

P = Permission
PAGE = 100


def incidents(session: Session, keys: Collection[int]) -> list[Incident]:
    """What has failed and waits for someone, the oldest first."""
    query = select(Incident).where(Incident.process_instance_key.in_(keys), Incident.state == "ACTIVE")
    return list(session.scalars(query.order_by(Incident.key)))


def materials(session: Session, staff: Staff, case: Case, keys: Collection[int]) -> dict[str, Any]:
    """Photos by stage, what was filled in at each task, evidence and documents as far as one may see them."""
    photos: dict[str, list[Photo]] = {"report": [], "handling": [], "inspection": []}
    for one in session.scalars(select(Photo).where(Photo.case_key == case.key).order_by(Photo.id)):
        photos.setdefault(one.stage, []).append(one)
    evidence = select(Evidence).where(Evidence.case_key == case.key).order_by(Evidence.key)
    answers = told.answered(session, keys)
    return {
        "photos_by": photos,
        "answers": answers,
        "evidence": session.scalars(evidence).all() if staff.may(P.EVIDENCE_READ) else [],
        "documents": documents.of_case(session, case.key) if staff.may(P.DOCUMENT_READ) else [],
        "names": people_names(session, {one["who"] for one in answers}),
    }


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
