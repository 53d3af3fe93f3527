"""What happened, told in order: the steps of a case, what was answered at each task, and what people did besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from api.console import fields
from api.console.shown import people_names, unit_titles
from workflows.governance import register_schemas
from workflows.governance.register_schemas import mask
from workflows.store.json import dumps
from workflows.store.tables import ElementInstance, Escalation, Event, Form, UserTask
from workflows.store.tables.governance import CaseStep, Notice

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.store.tables.governance import Case

Told = dict[str, Any]
MOST, LONG = 300, 200
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
)
#: What only supervisors have to know of.
ESCALATION = "deadline:escalate"
MORE = (ESCALATION, "incident:resolve", "incident:skip", "variables:set", "case:reveal")


def timeline(session: Session, case: Case, keys: Collection[int]) -> dict[str, Any]:
    """What happened, the newest first: steps, tasks, interventions, rungs, what the citizen was told."""
    told = [
        _told(row.at, "step", row.step)
        for row in session.scalars(select(CaseStep).where(CaseStep.case_key == case.key))
    ]
    told += _tasks(session, keys)
    told += _interventions(session, keys, (*INTERVENTIONS, *MORE))
    told += [
        _told(row.fired, "rung", f"{row.stage} · {row.label}", row.recipient)
        for row in session.scalars(select(Escalation).where(Escalation.process_instance_key.in_(keys)))
    ]
    told += [
        _told(row.at, "notice", text=row.text)
        for row in session.scalars(select(Notice).where(Notice.case_key == case.key))
    ]
    return _named(session, told)


def history(session: Session, keys: Collection[int]) -> dict[str, Any]:
    """What a colleague who goes on with it has to know: what was answered before, and what was done to it and why."""
    return _named(session, _tasks(session, keys) + _interventions(session, keys, INTERVENTIONS))


def stopped(session: Session, keys: Collection[int]) -> Told | None:
    """Who voided or suspended it, when and why: the last of it, unless it goes on since."""
    tags = ("process-instance:cancel", "process-instance:suspend", "process-instance:resume")
    last = next(iter(sorted(_interventions(session, keys, tags), key=lambda one: one["at"], reverse=True)), None)
    return None if last is None or last["kind"] == tags[-1] else last


def _named(session: Session, told: list[Told]) -> dict[str, Any]:
    told.sort(key=lambda one: one["at"], reverse=True)
    who = {name for one in told for name in (one["who"], *one["to"])}
    return {
        "told": told[:MOST],
        "names": people_names(session, who) | unit_titles(session, {one for one in who if "@" in one}),
    }


def _told(at: datetime, kind: str, what: str = "", who: str = "", *, text: str = "", **more: Any) -> Told:
    return {"at": at, "kind": kind, "what": what, "who": who, "text": text, "to": [], "answers": []} | more


def _tasks(session: Session, keys: Collection[int]) -> list[Told]:
    """Tasks that are over, with what was answered."""
    answers = {one["key"]: one["answers"] for one in answered(session, keys)}
    columns = (UserTask.key, UserTask.ended, UserTask.state, UserTask.name, UserTask.element_id, UserTask.completed_by)
    ended = select(*columns).where(UserTask.process_instance_key.in_(keys), UserTask.ended.is_not(None))
    return [
        _told(
            row.ended,
            f"task.{row.state}",
            row.name or row.element_id,
            row.completed_by or "",
            answers=answers.get(row.key, []),
        )
        for row in session.execute(ended.order_by(UserTask.ended.desc()).limit(MOST))
    ]


def _interventions(session: Session, keys: Collection[int], tags: Collection[str]) -> list[Told]:
    """What people did beside the tasks: to what, why, and to whom it went."""
    id, name = ElementInstance.element_id, ElementInstance.element_name
    passed = select(id, func.coalesce(name, id)).where(ElementInstance.process_instance_key.in_(keys)).distinct()
    called = dict(session.execute(passed).tuples().all())
    rows = session.execute(
        select(Event.at, Event.tag, Event.actor, Event.details)
        .where(Event.process_instance_key.in_(keys), Event.tag.in_(tags))
        .order_by(Event.key.desc())
        .limit(MOST)
    )
    return [
        _told(
            row.at,
            row.tag,
            str(row.details.get("stage") or called.get(row.details.get("element")) or ""),
            row.actor,
            text=str(row.details.get("reason", "")),
            to=_to(row),
        )
        for row in rows
        if row.tag != ESCALATION or "reason" in row.details  # without one the clock climbed by itself
    ]


def _to(row: Row[Any]) -> list[str]:
    """Whom it went to: who was given a task by another, who was reminded, who has to answer a letter."""
    if row.tag == "user-task:assign":
        return [one for one in [row.details.get("assignee")] if one and one != row.actor]
    return list(row.details.get("told", ())) or [row.details[name] for name in ("recipient",) if name in row.details]


def answered(session: Session, keys: Collection[int]) -> list[dict[str, Any]]:
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
        found.append({"key": row.details["key"], "at": row.at, "who": row.actor, "name": name, "answers": answers})
    return found


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
