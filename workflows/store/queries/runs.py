"""What the finished runs of a process tell: how often, how long, how late, how often again. Of the last few hundred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Float, Integer, cast, func, literal, select, text, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from workflows.store.tables import (
    Deadline,
    DecisionEvaluation,
    ElementInstance,
    Event,
    Incident,
    ProcessDefinition,
    ProcessInstance,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

RUNS = 300  # more would hardly change a median, and every page has to be there at once
BODY = "MULTI_INSTANCE_BODY"
ACTIVITIES = (
    "USER_TASK",
    "SERVICE_TASK",
    "BUSINESS_RULE_TASK",
    "SCRIPT_TASK",
    "SEND_TASK",
    "RECEIVE_TASK",
    "MANUAL_TASK",
    "SUB_PROCESS",
    "CALL_ACTIVITY",
)
#: What may take time. Of all others there is only to be said how often they were passed.
TIMED = ("PROCESS", *ACTIVITIES, BODY, "INTERMEDIATE_CATCH_EVENT")


class seconds_between(FunctionElement[float]):  # noqa: N801 - a function of SQL
    """How many seconds lie between two moments."""

    inherit_cache = True
    type = Float()


@compiles(seconds_between, "postgresql")
def _of_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    begin, end = (compiler.process(one, **how) for one in element.clauses)
    return f"EXTRACT(EPOCH FROM {end} - {begin})::float8"


@compiles(seconds_between, "sqlite")
def _of_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    begin, end = (compiler.process(one, **how) for one in element.clauses)
    return f"((julianday({end}) - julianday({begin})) * 86400.0)"


class Period(NamedTuple):
    """[since, until) of the moment at which a run ended; None is open."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Period()


class Sample(NamedTuple):
    """The last finished runs of a version: their keys, and when the first and the last of them ended."""

    keys: Sequence[int]
    first: datetime | None
    last: datetime | None


class Taken(NamedTuple):
    """How often an element was passed, and how many seconds that took."""

    element_id: str
    passes: int
    median: float
    p90: float
    total: float


class Kept(NamedTuple):
    """The clocks of an element that ended: how many, how many of them too late, and what they used, in their unit."""

    element_id: str
    unit: str
    clocks: int
    late: int
    median: float
    p90: float

    @property
    def share(self) -> float:
        return self.late / self.clocks


class Again(NamedTuple):
    """An activity that one visit of what is around it passed more than once."""

    process_instance_key: int
    element_id: str
    times: int


def constant(text: str) -> ColumnElement[str]:
    """A constant that stands in the statement, so that a partial index is found by it."""
    return literal(text, literal_execute=True)


def sample(session: Session, definition: int, period: Period = ALWAYS, limit: int = RUNS) -> Sample:
    """The runs of a version that were completed last in a period."""
    ended = ProcessInstance.ended
    query = select(ProcessInstance.key, ended).where(
        ProcessInstance.process_definition_key == definition, ProcessInstance.state == constant("COMPLETED")
    )
    if period.since is not None:
        query = query.where(ended >= period.since)
    if period.until is not None:
        query = query.where(ended < period.until)
    rows = session.execute(query.order_by(ended.desc()).limit(limit)).tuples().all()
    return Sample([key for key, _ in rows], rows[-1][1] if rows else None, rows[0][1] if rows else None)


def versions(session: Session, process_id: str) -> Sequence[Row[Any]]:
    """Every version of a process, the newest first."""
    of = ProcessDefinition
    query = select(of.key, of.version, of.version_tag, of.name).where(of.process_id == process_id)
    return session.execute(query.order_by(of.version.desc())).all()


def running(session: Session) -> dict[int, int]:
    """How many instances of each version have not ended."""
    key = ProcessInstance.process_definition_key
    query = select(key, func.count()).where(ProcessInstance.ended.is_(None)).group_by(key)
    return dict(session.execute(query).tuples().all())


def standing(session: Session, definition: int) -> dict[str, int]:
    """How many tokens stand at each element; at the process itself, how many instances run."""
    query = (
        select(ElementInstance.element_id, func.count())
        .join(ProcessInstance, ProcessInstance.key == ElementInstance.process_instance_key)
        .where(ElementInstance.state == constant("ACTIVE"), ProcessInstance.process_definition_key == definition)
        .group_by(ElementInstance.element_id)
    )
    return dict(session.execute(query).tuples().all())


def failed(session: Session, definition: int) -> dict[str, int]:
    """How many have failed at each element."""
    query = (
        select(Incident.element_id, func.count())
        .join(ProcessInstance, ProcessInstance.key == Incident.process_instance_key)
        .where(ProcessInstance.process_definition_key == definition, Incident.state == "ACTIVE")
        .group_by(Incident.element_id)
    )
    return dict(session.execute(query).tuples().all())


def passes(session: Session, keys: Sequence[int], repeated: Collection[str]) -> dict[str, int]:
    """How often each element was passed. Of a multi-instance (``repeated``) its body counts."""
    of = ElementInstance
    query = (
        select(of.element_id, func.count())
        .where(of.process_instance_key.in_(keys), of.state == "COMPLETED", counted(repeated))
        .group_by(of.element_id)
    )
    return dict(session.execute(query).tuples().all())


def times(session: Session, keys: Sequence[int], repeated: Collection[str]) -> dict[str, Taken]:
    """By element that may take time, the process itself under its own id.

    The median of an even number is the mean of the middle two, the 90th percentile the nearest rank: computed by the
    database, with the same windows on both.
    """
    of = ElementInstance
    took = seconds_between(of.started, of.ended)
    window: dict[str, Any] = {"partition_by": of.element_id}
    ranked = (
        select(
            of.element_id,
            took.label("value"),
            func.row_number().over(**window, order_by=took).label("place"),
            func.count().over(**window).label("number"),
        )
        .where(of.process_instance_key.in_(keys), of.state == "COMPLETED", of.type.in_(TIMED), counted(repeated))
        .subquery()
    )
    row = ranked.c
    query = select(row.element_id, func.count(), *_quantiles(row), func.sum(row.value)).group_by(row.element_id)
    return {found[0]: Taken(*found) for found in session.execute(query).tuples()}


def kept(session: Session, keys: Sequence[int]) -> dict[str, Kept]:
    """By element with a clock. What was exempted on appeal does not count, nor a clock that another goes on with."""
    of = Deadline
    used = cast(of.used, Float)
    window: dict[str, Any] = {"partition_by": (of.element_id, of.unit)}
    ranked = (
        select(
            of.element_id,
            of.unit,
            cast(of.met.is_(False), Integer).label("late"),
            used.label("value"),
            func.row_number().over(**window, order_by=used).label("place"),
            func.count().over(**window).label("number"),
        )
        .where(of.process_instance_key.in_(keys), of.met.is_not(None), of.exempted.is_(None), of.milestone == "")
        .subquery()
    )
    row = ranked.c
    query = (
        select(row.element_id, row.unit, func.count(), func.sum(row.late), *_quantiles(row))
        .group_by(row.element_id, row.unit)
        .order_by(func.count())
    )
    return _by_element(Kept(*found) for found in session.execute(query).tuples())


def _by_element(found: Iterable[Kept]) -> dict[str, Kept]:
    """Clocks of one element in several units: all are counted, and what was used is told of the most frequent unit."""
    kept: dict[str, Kept] = {}
    for one in found:
        before = kept.get(one.element_id)
        also = (before.clocks, before.late) if before else (0, 0)
        kept[one.element_id] = one._replace(clocks=one.clocks + also[0], late=one.late + also[1])
    return kept


def again(session: Session, keys: Sequence[int], repeated: Collection[str]) -> list[Again]:
    """Activities that were passed more than once within one visit of what is around them, by run."""
    of = ElementInstance
    query = (
        select(of.process_instance_key, of.element_id, func.count())
        .where(of.process_instance_key.in_(keys), of.type.in_((*ACTIVITIES, BODY)), counted(repeated))
        .group_by(of.process_instance_key, of.scope_key, of.element_id)
        .having(func.count() > 1)
    )
    return [Again(*found) for found in session.execute(query).tuples()]


def flows_taken(session: Session, keys: Collection[int], flows: Collection[str]) -> dict[tuple[int, str], int]:
    """How often each run took each of these flows, as its events say."""
    each, flow = items_of(session, Event.details, "flows")
    query = (
        select(Event.process_instance_key, flow, func.count())
        .select_from(Event)
        .join(each, true())
        .where(Event.process_instance_key.in_(keys), flow.in_(flows))
        .group_by(Event.process_instance_key, flow)
    )
    return {(key, id): number for key, id, number in session.execute(query).tuples()}


def decided(session: Session, keys: Sequence[int]) -> Sequence[Row[Any]]:
    """The decisions that runs took: version, how often, how often without a result, in how many runs."""
    of = DecisionEvaluation
    failed = func.sum(cast(of.state != "EVALUATED", Integer)).label("failed")
    query = (
        select(of.decision_definition_key.label("key"), func.count().label("times"), failed)
        .where(of.process_instance_key.in_(keys))
        .group_by(of.decision_definition_key)
    )
    return session.execute(query).all()


def rules_hit(session: Session, keys: Sequence[int], decision: int) -> dict[str, int]:
    """How often each rule of a decision's version matched, by its id."""
    of = DecisionEvaluation
    each, rule = items_of(session, of.matched, item="rule_id")
    query = (
        select(rule, func.count())
        .select_from(of)
        .join(each, true())
        .where(of.process_instance_key.in_(keys), of.decision_definition_key == decision)
        .group_by(rule)
    )
    return dict(session.execute(query).tuples().all())


def items_of(session: Session, column: Any, within: str = "", item: str = "") -> tuple[Any, Any]:
    """The items of a list in JSON as rows to be joined, and each of them, or its member, as text."""
    if session.get_bind().dialect.name == "postgresql":
        items = func.json_extract_path(column, within) if within else column
        each = func.json_array_elements(items).table_valued("value").lateral()
        return each, func.json_extract_path_text(each.c.value, item) if item else each.c.value.op("#>>")(text("'{}'"))
    each = func.json_each(column, f"$.{within}" if within else "$").table_valued("value")
    return each, func.json_extract(each.c.value, f"$.{item}") if item else each.c.value


def counted(repeated: Collection[str]) -> ColumnElement[bool]:
    """Of a multi-instance the body, not its items: they are one after the other, or side by side, in one visit."""
    of = ElementInstance
    return of.element_id.not_in(repeated) | (of.type == BODY)


def _quantiles(row: Any) -> tuple[Any, Any]:
    """Median and 90th percentile of values that are numbered in order."""
    middle = row.place.in_([(row.number + 1) // 2, (row.number + 2) // 2])
    return func.avg(row.value).filter(middle), func.min(row.value).filter(row.place == (9 * row.number + 9) // 10)
