"""Many instances out of few: their rows copied in bulk, each copy as whole as what it is a copy of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, cast, func, insert, literal, literal_column, select

from workflows.runtime.events import GENESIS, event_row
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.json import encode, loads
from workflows.store.keys import ELEMENT_BITS, next_keys
from workflows.store.tables import Deadline, DecisionEvaluation, ElementInstance, Event, ProcessInstance, UserTask

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.orm import Session

process_instance, event = table(ProcessInstance), table(Event)
# What of a row is a key inside its instance and moves with it. The rest is copied as it is.
SHIFTED = {
    table(ElementInstance): {"key", "process_instance_key", "scope_key"},
    table(UserTask): {"key", "process_instance_key"},
    table(Deadline): {"key", "process_instance_key", "element_instance_key", "continues"},
    table(DecisionEvaluation): {"evaluation_key", "process_instance_key", "element_instance_key"},
}
BATCH = 2_000
_NUMBER = re.compile(r"[0-9]{7,19}")


def copy_instances(database: Database, keys: list[int], times: int) -> list[int]:
    """Copy running instances so often, with their elements, tasks, clocks, decisions and record; the copies' keys.

    Nobody else may draw keys meanwhile. The instances have called no others, and their clocks have not fired.
    """
    first, last = min(keys), max(keys)
    span = last - first + (1 << ELEMENT_BITS)
    with transaction(database) as session:
        drawn = next_keys(session, (span >> ELEMENT_BITS) * times)
        offset = drawn[0] - first
        shifts = [offset + span * number for number in range(times)]
        for key in keys:
            _copy_instance(session, key, (first, first + span), shifts)
        for of, columns in SHIFTED.items():
            _copy_rows(session, of, columns, keys, (offset, span, times))
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return [key + shift for shift in shifts for key in keys]


def _copy_instance(session: Session, key: int, within: tuple[int, int], shifts: list[int]) -> None:
    connection = session.connection()
    instance = dict(connection.execute(select(process_instance).where(process_instance.c.key == key)).one()._mapping)  # noqa: SLF001
    of_it = select(event).where(event.c.process_instance_key == key).order_by(event.c.seq)
    events = connection.execute(of_it).all()
    snapshot = loads(instance["snapshot"])
    for begin in range(0, len(shifts), BATCH):
        instances, records = [], []
        for shift in shifts[begin : begin + BATCH]:
            previous = GENESIS
            for one in events:
                details = _moved(one.details, within, shift)
                row = event_row(
                    key + shift, one.seq, previous, tag=one.tag, actor=one.actor, at=one.at, details=details
                )
                previous = row["hash"]
                records.append(row)
            moved = {"key": key + shift, "root_process_instance_key": key + shift, "hash": previous}
            instances.append({**instance, **moved, "snapshot": encode(_moved(snapshot, within, shift))})
        connection.execute(insert(process_instance), instances)
        connection.execute(insert(event), records)


def _moved(value: Any, within: tuple[int, int], shift: int) -> Any:
    """A JSON value with every key of the instances moved, also those that are texts."""
    match value:
        case bool():
            return value
        case int():
            return value + shift if within[0] <= value < within[1] else value
        case str():
            return _NUMBER.sub(lambda found: str(_moved(int(found[0]), within, shift)), value)
        case list():
            return [_moved(item, within, shift) for item in value]
        case dict():
            return {_moved(name, within, shift): _moved(item, within, shift) for name, item in value.items()}
    return value


def _copy_rows(session: Session, of: Table, shifted: set[str], keys: list[int], place: tuple[int, int, int]) -> None:
    offset, span, times = place
    numbers = select(literal(0, BigInteger).label("number")).cte("numbers", recursive=True)
    more = select(numbers.c.number + literal_column("1")).where(numbers.c.number < times - 1)
    numbers = numbers.union_all(more)
    shift = literal_column(str(offset), BigInteger) + numbers.c.number * literal_column(str(span), BigInteger)
    names = [column.name for column in of.c if column.identity is None]
    chosen = [of.c[name] + shift if name in shifted else of.c[name] for name in names]
    if "evaluation_key" in shifted:  # Camunda 8's id of a decision begins with its key
        whole, moved = (cast(one, Text) for one in (of.c.evaluation_key, of.c.evaluation_key + shift))
        chosen[names.index("id")] = func.replace(of.c.id, whole, moved)
    rows = select(*chosen).where(of.c.process_instance_key.in_(keys)).select_from(of.join(numbers, literal(1) == 1))
    session.connection().execute(insert(of).from_select(names, rows))


def open_clocks(database: Database) -> int:
    """How many clocks run."""
    with read(database) as session:
        wanted = select(func.count()).select_from(Deadline).where(Deadline.ended.is_(None))
        return int(session.execute(wanted).scalar_one())
