"""Deployed definitions in executable form, parsed once in a process per content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import Row, bindparam, select

from workflows.decisions import DecisionModel, parse_decisions
from workflows.engine import Definition, parse_processes
from workflows.store.base import table
from workflows.store.memo import once
from workflows.store.tables import DecisionDefinition, DecisionImport, ProcessDefinition

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

MAX_PARSED = 1_000

T = TypeVar("T")
_parsed: dict[tuple[str, ...], Any] = {}

process_definition = table(ProcessDefinition)
decision_definition = table(DecisionDefinition)
decision_import = table(DecisionImport)

_WITH = process_definition.alias("with")
_ROOT, _BESIDE = decision_definition.alias("root"), decision_definition.alias("beside")
_LATEST = (
    select(decision_definition.c.key)
    .where(decision_definition.c.decision_id == bindparam("decision_id"))
    .order_by(decision_definition.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
# Every decision of the file. One that had its content from another deployment of the same file kept its version then;
# those deployed together with the root are the last, so that they win.
_FILE = (
    select(
        _ROOT.c.key.label("root_key"),
        *(_BESIDE.c[name] for name in ("key", "decision_id", "version", "name", "requirements_key", "requirements_id")),
        _BESIDE.c.hash,
    )
    .join(_BESIDE, _BESIDE.c.hash == _ROOT.c.hash)
    .order_by(_BESIDE.c.requirements_key == _ROOT.c.requirements_key, _BESIDE.c.key)
)
_FILE_BY_ID, _FILE_BY_KEY = _FILE.where(_ROOT.c.key == _LATEST), _FILE.where(_ROOT.c.key == bindparam("key"))


class Deployed(NamedTuple):
    """What a running instance needs of its definition's row."""

    key: int
    process_id: str
    version: int
    hash: str


class DeployedDecision(NamedTuple):
    """What an evaluation needs of a decision's row."""

    key: int
    decision_id: str
    version: int
    name: str
    requirements_key: int
    requirements_id: str


class DecisionFile(NamedTuple):
    """A decision with all that stands in its file; ``decisions`` are by id."""

    root: DeployedDecision
    decisions: dict[str, DeployedDecision]
    model: DecisionModel


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
    session: Session,
    *,
    process_id: str | None = None,
    key: int | None = None,
    version: int | None = None,
    version_tag: str | None = None,
    deployed_with: int | None = None,
) -> Deployed | None:
    """A process definition by key, or the latest by process id.

    Of the latest one may ask for the version, for the version tag, or for the one there was when another definition
    (its key) was deployed: what was deployed with it, changed or not.
    """
    columns = process_definition.c
    query = select(columns.key, columns.process_id, columns.version, columns.hash)
    if key is not None:
        query = query.where(columns.key == key)
    else:
        query = query.where(columns.process_id == process_id)
        if version is not None:
            query = query.where(columns.version == version)
        if version_tag is not None:
            query = query.where(columns.version_tag == version_tag)
        if deployed_with is not None:
            deployment = select(_WITH.c.deployment_key).where(_WITH.c.key == deployed_with).scalar_subquery()
            query = query.where(columns.deployment_key <= deployment)
        query = query.order_by(columns.version.desc()).limit(1)

    def look() -> Deployed | None:
        row = session.connection().execute(query).one_or_none()
        return None if row is None else Deployed(*row)

    return once(session, ("process", process_id, key, version, version_tag, deployed_with), look)


def find_decision(session: Session, *, decision_id: str | None = None, key: int | None = None) -> DecisionFile | None:
    """A decision by key, or the latest version by id, in one statement."""
    return once(session, ("decision", decision_id, key), lambda: _find_decision(session, decision_id, key))


def _find_decision(session: Session, decision_id: str | None, key: int | None) -> DecisionFile | None:
    query, wanted = (_FILE_BY_ID, {"decision_id": decision_id}) if key is None else (_FILE_BY_KEY, {"key": key})
    rows = session.connection().execute(query, wanted).all()
    if not rows:
        return None
    decisions = {row.decision_id: DeployedDecision(*row[1:-1]) for row in rows}
    row = next(row for row in rows if row.key == row.root_key)
    root = decisions[row.decision_id] = DeployedDecision(*row[1:-1])
    return DecisionFile(root, decisions, parsed(("decisions", row.hash), lambda: _parse_decisions(session, row)))


def _parse_process(session: Session, deployed: Deployed) -> Definition:
    query = select(process_definition.c.xml).where(process_definition.c.key == deployed.key)
    xml: bytes = session.connection().execute(query).scalar_one()
    return Definition(next(model for model in parse_processes(xml) if model.id == deployed.process_id))


def _parse_decisions(session: Session, row: Row[Any]) -> DecisionModel:
    connection = session.connection()
    xml = connection.execute(select(decision_definition.c.xml).where(decision_definition.c.key == row.key)).scalar_one()
    imported = connection.execute(select(decision_import.c.xml).where(decision_import.c.hash == row.hash)).scalars()
    return parse_decisions(xml, list(imported))
