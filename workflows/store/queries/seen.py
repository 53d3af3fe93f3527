"""Of whose cases a list, a count or a file is: one condition, for cases and for all that hangs on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from workflows.store.tables import Deadline, ProcessInstance
from workflows.store.tables.governance import Case, CaseInvolved

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
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


class _Read(FunctionElement[int]):
    """A column that SQLite is not to find rows by, having read them already; PostgreSQL knows by itself."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Read)
def _as_it_is(element: _Read, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(*element.clauses, **kw))


@compiles(_Read, "sqlite")
def _not_indexed(element: _Read, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(*element.clauses, **kw)}"


def within(session: Session, whom: frozenset[str]) -> Within:
    """Those in whose cases one looks, and whether these are many."""
    some = select(CaseInvolved.case_key).where(CaseInvolved.who.in_(sorted(whom))).limit(MANY).subquery()
    return Within(whom, session.execute(select(func.count()).select_from(some)).scalar_one() == MANY)


def involving(seen: Within) -> ColumnElement[bool]:
    """That a case is one of them.

    Of few, keys are found first and the cases by them; of many, cases are read and each is looked up in the keys.
    """
    return _Read(Case.key).in_(_keys(seen)) if seen.many else Case.key.in_(_keys(seen))


def of_cases(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on cases. None: the whole city, and no condition."""
    return [] if seen is None else [involving(seen)]


def of_instances(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on process instances: those that handle such a case."""
    return [] if seen is None else [ProcessInstance.case_id.in_(_keys(seen))]


def of_clocks(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on clocks: those of instances that handle such a case."""
    if seen is None:
        return []
    return [Deadline.process_instance_key.in_(select(ProcessInstance.key).where(*of_instances(seen)))]


def of_failures(seen: Within | None) -> list[ColumnElement[bool]]:
    """Conditions on instances with incidents: what handles no case at all is nobody's secret."""
    return [] if seen is None else [or_(ProcessInstance.case_id.is_(None), *of_instances(seen))]


def of_units(seen: Within | None, unit: Any) -> list[ColumnElement[bool]]:
    """Conditions on a column with the id of a unit: what units did is shown of one's own."""
    return [] if seen is None else [and_(unit.is_not(None), unit.in_(seen.units))]


def _keys(seen: Within) -> Select[tuple[int]]:
    return select(CaseInvolved.case_key).where(CaseInvolved.who.in_(sorted(seen.whom)))
