"""Variables as they stand: each scope's own, and what an element sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.store.json import loads
from workflows.store.parts import StoredParts
from workflows.store.tables import ElementInstance, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Variable:
    """``scope_key`` is the process instance or element instance that has it as its own."""

    process_instance_key: int
    root_process_instance_key: int
    scope_key: int
    name: str
    value: Any


def variables(session: Session, process_instance_key: int) -> list[Variable]:
    """All variables of an instance, outer scopes first; none of an unknown one."""
    return [variable for scope in _scopes(session, process_instance_key).values() for variable in scope.values()]


def visible_variables(session: Session, process_instance_key: int, element_key: int) -> list[Variable]:
    """What an element sees: of each name the innermost."""
    scopes = _scopes(session, process_instance_key)
    seen: dict[str, Variable] = {}
    for key in _outwards(session, process_instance_key, element_key):
        seen = scopes.get(key, {}) | seen
    return list(seen.values())


def _scopes(session: Session, process_instance_key: int) -> dict[int, dict[str, Variable]]:
    columns = (ProcessInstance.root_process_instance_key, ProcessInstance.snapshot)
    row = session.execute(select(*columns).where(ProcessInstance.key == process_instance_key)).one_or_none()
    if row is None:
        return {}
    parts = StoredParts(session, process_instance_key).all()
    return {
        int(key): {
            name: Variable(process_instance_key, row.root_process_instance_key, int(key), name, value)
            for name, value in own.items()
        }
        for saved in (loads(row.snapshot), *parts)
        for key, own in saved["scopes"].items()
    }


def _outwards(session: Session, process_instance_key: int, element_key: int) -> Iterator[int]:
    key: int | None = element_key
    while key is not None and key != process_instance_key:
        yield key
        key = session.execute(select(ElementInstance.scope_key).where(ElementInstance.key == key)).scalar_one_or_none()
    yield process_instance_key
