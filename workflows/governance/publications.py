"""Publishing decisions: a version is made public and comes into force on a day; until then nobody is judged by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.calendar import CHINA
from workflows.store.base import table
from workflows.store.definitions import find_decision
from workflows.store.errors import Invalid, NotFound
from workflows.store.memo import forget
from workflows.store.publications import in_force
from workflows.store.tables import DecisionDefinition, DecisionPublication

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

MOST_TEXT = 200
definition = table(DecisionDefinition)


class PublicationTooLate(Invalid):
    """施行日期不能早于公布日期：未经公布的规定不得作为依据（行政处罚法第五条）。"""

    code = "PUBLICATION_TOO_LATE"


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is to be published. Days are those of the country."""

    decision_id: str
    version: int
    key: int
    published_on: date | None  # none: on the day it is published
    valid_from: date
    valid_to: date | None
    reference: str | None


def draft(session: Session, given: Mapping[str, Any], *, at: datetime) -> Draft:
    """What is to be published, checked: {decision, version?, validFrom, validTo?, publishedOn?, reference?}.

    Without a version the latest one is meant, without ``publishedOn`` today. What was made public earlier, elsewhere,
    says where (``reference``). NotFound, Invalid, PublicationTooLate.
    """
    decision_id, version = str(given.get("decision") or ""), given.get("version")
    wanted = select(definition.c.key, definition.c.version).where(definition.c.decision_id == decision_id)
    if version is not None:
        wanted = wanted.where(definition.c.version == _whole(version))
    row = session.connection().execute(wanted.order_by(definition.c.version.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound(f"决策「{decision_id}」没有部署" + ("" if version is None else f"第 {version} 版"))
    today = _today(at)
    stated = _day(given, "publishedOn")
    published_on = stated or today
    valid_from, valid_to = _day(given, "validFrom"), _day(given, "validTo")
    reference = str(given.get("reference") or "").strip()[:MOST_TEXT] or None
    if valid_from is None:
        raise Invalid("要写明施行日期 validFrom")
    if published_on > today:
        raise Invalid("公布日期不能晚于今天")
    if published_on < today and reference is None:
        raise Invalid("先前已经公布的，要写明公布的文号或出处 reference")
    if valid_from < published_on:
        raise PublicationTooLate
    if valid_to is not None and valid_to < valid_from:
        raise Invalid("失效日期不能早于施行日期")
    return Draft(decision_id, row.version, row.key, stated, valid_from, valid_to, reference)


def publish(
    session: Session, what: Draft, *, actor: str, at: datetime, process_instance_key: int | None = None
) -> DecisionPublication:
    """Make it public. An act before ``published_on`` or ``valid_from`` is not judged by it, whenever it is recorded."""
    row = DecisionPublication(
        decision_id=what.decision_id,
        decision_definition_key=what.key,
        published_on=what.published_on or _today(at),
        valid_from=what.valid_from,
        valid_to=what.valid_to,
        reference=what.reference,
        process_instance_key=process_instance_key,
        actor=actor,
        recorded=at,
    )
    session.add(row)
    session.flush()
    forget(session)
    return row


def as_variables(session: Session, what: Draft) -> dict[str, Any]:
    """A draft as those who review it see it: what it takes the place of, and which rules differ."""
    file = find_decision(session, key=what.key)
    before = in_force(session, what.decision_id, what.valid_from)
    earlier = before and find_decision(session, key=before.key)
    new = _rules(file, what.decision_id) if file else {}
    old = _rules(earlier, what.decision_id) if earlier else {}
    return {
        "decision": what.decision_id,
        "name": file.root.name if file else what.decision_id,
        "version": what.version,
        "key": str(what.key),
        "publishedOn": what.published_on and what.published_on.isoformat(),
        "validFrom": what.valid_from.isoformat(),
        "validTo": what.valid_to and what.valid_to.isoformat(),
        "reference": what.reference,
        "replaces": before and {"version": before.version, "validFrom": before.valid_from.isoformat()},
        "rules": len(new),
        "added": [rule for rule in new if rule not in old],
        "removed": [rule for rule in old if rule not in new],
        "changed": [rule for rule in new if rule in old and new[rule] != old[rule]],
    }


def sheet(session: Session, key: int, decision_id: str) -> list[dict[str, Any]]:
    """The rules of a version, as the public reads them: {rule, when, then}, by column, in FEEL."""
    file = find_decision(session, key=key)
    found = file.model.decisions.get(decision_id) if file else None
    if found is None or found.table is None:
        return []
    inputs, outputs = ([each.clause.name for each in side] for side in (found.table.inputs, found.table.outputs))
    return [
        {
            "rule": rule.id,
            "when": dict(zip(inputs, (cell.text if cell else "-" for cell in rule.tests), strict=True)),
            "then": dict(zip(outputs, (cell.text for cell in rule.outputs), strict=True)),
        }
        for rule in found.table.rules
    ]


def _rules(file: Any, decision_id: str) -> dict[str, list[str]]:
    """The texts of the cells of a decision table, by rule."""
    found = file.model.decisions.get(decision_id)
    if found is None or found.table is None:
        return {}
    return {
        rule.id: [*(cell.text if cell else "-" for cell in rule.tests), *(cell.text for cell in rule.outputs)]
        for rule in found.table.rules
    }


def _today(at: datetime) -> date:
    return at.astimezone(CHINA.zone).date()


def _day(given: Mapping[str, Any], name: str) -> date | None:
    value = given.get(name)
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError as error:
        raise Invalid(f"{name} 要写成日期，如 2026-04-01") from error


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 31:
        raise Invalid("version 是正整数")
    return value
