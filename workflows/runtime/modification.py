"""Modify: activate, move and terminate elements of a running instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.engine import Activate, Given, Modification, Move, NotModifiable, Terminate
from workflows.runtime import cases
from workflows.runtime.clock import now
from workflows.runtime.errors import Conflict, Invalid, ModificationRefused
from workflows.runtime.events import Tag
from workflows.runtime.reasons import said
from workflows.runtime.step import step
from workflows.runtime.task_notices import told_of_loss
from workflows.store.json import clean, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

MAX_INSTRUCTIONS = 1_000


def modify_process_instance(
    session: Session, key: int, modification: Modification, *, reason: str | None = None, actor: str
) -> None:
    """All instructions or none (ModificationRefused). An instance with nothing left is terminated.

    A called instance must keep something: Conflict.
    """
    if not any(modification):
        raise Invalid("没有任何指令")
    if sum(map(len, modification)) > MAX_INSTRUCTIONS:
        raise Invalid(f"最多 {MAX_INSTRUCTIONS} 条指令")
    modification = _clean(modification)
    details = {**said(reason), "instructions": _shown(modification)}
    with (
        told_of_loss(session, key, word="退回或调整", reason=reason, actor=actor),
        step(session, key, Tag.PROCESS_INSTANCE_MODIFY, actor=actor, details=details) as running,
    ):
        try:
            running.execution.modify(modification)
        except NotModifiable as error:
            raise refused(error) from error
        if not running.active and running.execution.state == "TERMINATED":
            if running.parent_key is not None:
                raise Conflict(f"流程实例 {key} 由 {running.parent_key} 调用,不能全部终止,请终止它的调用活动")
            cases.void(session, running, now(session))


def refused(error: NotModifiable) -> ModificationRefused:
    return ModificationRefused(str(error), details=[{"elementId": error.element_id, "message": error.reason}])


def activations(element_ids: Iterable[str]) -> tuple[Activate, ...]:
    """Elements at which an instance is to begin. Invalid when there are too many."""
    at = tuple(Activate(clean_text(element_id, "/startInstructions")) for element_id in element_ids)
    if len(at) > MAX_INSTRUCTIONS:
        raise Invalid(f"最多 {MAX_INSTRUCTIONS} 条指令")
    return at


def _clean(modification: Modification) -> Modification:
    """With variables of its own, as they can be kept."""
    return Modification(
        tuple(one._replace(given=_given(one.given)) for one in modification.activate),
        tuple(one._replace(given=_given(one.given)) for one in modification.move),
        modification.terminate,
    )


def _given(given: tuple[Given, ...]) -> tuple[Given, ...]:
    return tuple(one._replace(variables=clean(one.variables)) for one in given)


def _shown(modification: Modification) -> dict[str, list[dict[str, Any]]]:
    """The instructions as the event log keeps them, without what was not said."""
    kinds: dict[str, tuple[Activate | Move | Terminate, ...]] = {
        "activate": modification.activate,
        "move": modification.move,
        "terminate": modification.terminate,
    }
    return {kind: [_plain(one) for one in instructions] for kind, instructions in kinds.items() if instructions}


def _plain(instruction: Activate | Move | Terminate) -> dict[str, Any]:
    plain = {name: value for name, value in instruction._asdict().items() if value not in (None, ())}
    if "given" in plain:
        plain["given"] = [one._asdict() for one in plain["given"]]
    if isinstance(instruction, Move):
        plain["source"] = _plain(instruction.source)
    return plain
