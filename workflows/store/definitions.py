"""Deployed definitions in executable form, parsed once in a process per content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import Row, bindparam, select

from workflows.decisions import DecisionModel, parse_decisions
from workflows.engine import Definition, parse_processes
from workflows.store.base import table
from workflows.store.tables import DecisionDefinition, ProcessDefinition

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

MAX_PARSED = 1_000

T = TypeVar("T")
_parsed: dict[tuple[str, ...], Any] = {}

process_definition = table(ProcessDefinition)
decision_definition = table(DecisionDefinition)


_LATEST_DECISION = (
    select(decision_definition.c.key, decision_definition.c.hash)
    .where(decision_definition.c.decision_id == bindparam("decision_id"))
    .order_by(decision_definition.c.version.desc())
    .limit(1)
)


class Deployed(NamedTuple):
    """What a running instance needs of its definition's row."""

    key: int
    process_id: str
    version: int
    hash: str


def parsed(identity: tuple[str, ...], parse: Callable[[], T]) -> T:
    """The parsed form of a content. ``identity`` holds its hash: a key could come again after a rollback."""
    found: T | None = _parsed.get(identity)
    if found is None:
        if len(_parsed) >= MAX_PARSED:
            _parsed.clear()
        found = _parsed[identity] = parse()
    return found


def executable(session: Session, deployed: Deployed) -> Definition:
    """The process of a definition."""
    return parsed(("process", deployed.hash, deployed.process_id), lambda: _parse_process(session, deployed))


def find_process(
    session: Session, *, process_id: str | None = None, key: int | None = None, version: int | None = None
) -> Deployed | None:
    """A process definition by key, or the latest or the named version by process id."""
    columns = process_definition.c
    query = select(columns.key, columns.process_id, columns.version, columns.hash)
    if key is not None:
        query = query.where(columns.key == key)
    else:
        query = query.where(columns.process_id == process_id)
        if version is not None:
            query = query.where(columns.version == version)
        query = query.order_by(columns.version.desc()).limit(1)
    row = session.connection().execute(query).one_or_none()
    return None if row is None else Deployed(*row)


def find_decision(session: Session, decision_id: str) -> tuple[int, DecisionModel] | None:
    """The key and the model of the latest version of a decision."""
    row = session.connection().execute(_LATEST_DECISION, {"decision_id": decision_id}).one_or_none()
    if row is None:
        return None
    return row.key, parsed(("decisions", row.hash), lambda: _parse_decisions(session, row))


def _parse_process(session: Session, deployed: Deployed) -> Definition:
    query = select(process_definition.c.xml).where(process_definition.c.key == deployed.key)
    xml: bytes = session.connection().execute(query).scalar_one()
    return Definition(next(model for model in parse_processes(xml) if model.id == deployed.process_id))


def _parse_decisions(session: Session, row: Row[Any]) -> DecisionModel:
    query = select(decision_definition.c.xml).where(decision_definition.c.key == row.key)
    return parse_decisions(session.connection().execute(query).scalar_one())
