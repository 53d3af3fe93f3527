"""Of whose cases a list, a count or a file is: one condition, for cases and for all that hangs on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from workflows.store.tables import Deadline, ProcessInstance
from workflows.store.tables.governance import Case, CaseInvolved

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

MANY = 10_000  # parts in cases: of these a page is full after a few hundred cases at most


@dataclass(frozen=True, slots=True)
class Within:
    """Cases in which one of these has or had a part; of ``many`` a page is full before the newest have been read."""

    whom: frozenset[str]
    many: bool = False

    @property
    def units(self) -> list[str]:
        """Those among them that are units, by their ids."""
        return sorted(one.removeprefix("@") for one in self.whom if one.startswith("@"))


class Unindexed(FunctionElement[Any]):
    """A column that SQLite is not to find rows by, having read them already; PostgreSQL knows by itself."""

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Unindexed)
def _as_it_is(element: Unindexed, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(*element.clauses, **kw))


@compiles(Unindexed, "sqlite")
def _not_indexed(element: Unindexed, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(*element.clauses, **kw)}"


def within(session: Session, whom: frozenset[str]) -> Within:
    """Those in whose cases one looks, and whether these are many."""
    some = select(CaseInvolved.case_key).where(CaseInvolved.who.in_(sorted(whom))).limit(MANY).subquery()
    return Within(whom, session.execute(select(func.count()).select_from(some)).scalar_one() == MANY)


def of_cases(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on cases. None: the whole city, and no condition."""
    return naming(seen, Case.key)


def of_instances(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on process instances: those that handle such a case."""
    return naming(seen, ProcessInstance.case_id)


def naming(seen: Within | None, case_key: Any) -> list[ColumnElement[bool]]:
    """Conditions on rows that name a case in this column."""
    return [] if seen is None else [_one_of(seen, case_key)]


def of_clocks(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on clocks: those of instances that handle such a case. Looked up of each: those that run are few."""
    if seen is None:
        return []
    handling = aliased(ProcessInstance)
    return [exists().where(handling.key == Deadline.process_instance_key, _looked_up(seen, handling.case_id))]


def of_failures(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on instances with incidents: what handles no case at all is nobody's secret."""
    return [] if seen is None else [or_(ProcessInstance.case_id.is_(None), *of_instances(seen))]


def of_units(seen: Within | None, unit: Any) -> list[ColumnElement[bool]]:
    """Conditions on a column with the id of a unit: what units did is shown of one's own."""
    return [] if seen is None else [and_(unit.is_not(None), unit.in_(seen.units))]


def _one_of(seen: Within, case_key: Any) -> ColumnElement[bool]:
    """Of few, keys are found first and the rows by them; of many, rows are read and each is looked up."""
    if seen.many:
        return _looked_up(seen, case_key)
    found: ColumnElement[bool] = case_key.in_(select(CaseInvolved.case_key).where(_them(seen, CaseInvolved.who)))
    return found


def _looked_up(seen: Within, case_key: Any) -> ColumnElement[bool]:
    return exists().where(CaseInvolved.case_key == case_key, _them(seen, Unindexed(CaseInvolved.who)))


def _them(seen: Within, who: Any) -> ColumnElement[bool]:
    them: ColumnElement[bool] = who.in_(sorted(seen.whom))
    return them
