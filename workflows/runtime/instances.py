"""Process instances: start, cancel, set variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.engine import NotModifiable, NotWaiting
from workflows.runtime import cases
from workflows.runtime.clock import now
from workflows.runtime.errors import Conflict, NotFound
from workflows.runtime.events import Tag
from workflows.runtime.joint_requests import release_cases
from workflows.runtime.modification import activations, refused
from workflows.runtime.reasons import said
from workflows.runtime.step import Step, step
from workflows.runtime.task_notices import told_of_loss
from workflows.store.definitions import find_process
from workflows.store.json import clean, clean_text
from workflows.store.keys import instance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


def start_process(
    session: Session,
    *,
    process_id: str | None = None,
    definition_key: int | None = None,
    version: int | None = None,
    variables: dict[str, Any],
    business_id: str | None = None,
    case_id: int | None = None,
    correlation_key: str | None = None,
    at: Sequence[str] = (),
    stops_after: Sequence[str] = (),
    actor: str,
) -> int:
    """Start the latest version of a process (or the one named) at its none start event; returns the instance's key.

    With ``at`` it begins at these elements instead; the first of ``stops_after`` that is left terminates it
    (ModificationRefused where there is no such element).
    """
    if process_id is not None:
        clean_text(process_id, "/processDefinitionId")
    definition = find_process(session, process_id=process_id, key=definition_key, version=version)
    if definition is None:
        raise NotFound(f"没有部署流程「{process_id or definition_key}」" + (f"第 {version} 版" if version else ""))
    if business_id is not None:
        clean_text(business_id, "/businessId")
    work = Step(session, actor)
    try:
        running = work.start(
            definition,
            clean(variables),
            business_id=business_id,
            case_id=case_id,
            correlation_key=correlation_key,
            at=activations(at),
            stops_after=tuple(clean_text(element_id, "/runtimeInstructions") for element_id in stops_after),
        )
    except NotModifiable as error:
        raise refused(error) from error
    work.finish()
    return running.key


def cancel_process_instance(session: Session, key: int, *, reason: str | None = None, actor: str) -> None:
    """Terminate an instance and those it called. A called instance is cancelled through its root: Conflict."""
    with (
        told_of_loss(session, key, word="作废", reason=reason, actor=actor),
        step(session, key, Tag.PROCESS_INSTANCE_CANCEL, actor=actor, details=said(reason)) as running,
    ):
        if running.parent_key is not None:
            raise Conflict(f"流程实例 {key} 由 {running.parent_key} 调用,请取消 {running.root_key}")
        at = now(session)
        release_cases(session, running, at, actor)
        running.execution.terminate()
        cases.void(session, running, at)


def set_variables(
    session: Session, scope_key: int, variables: dict[str, Any], *, local: bool = False, actor: str
) -> None:
    """Set variables at an element instance or process instance; not ``local``: where each is defined, outwards."""
    details = {"key": scope_key, "variables": clean(variables), "local": local}
    with step(session, instance_of(scope_key), Tag.VARIABLES_SET, actor=actor, details=details) as running:
        try:
            running.execution.set_variables(scope_key, details["variables"], local=local)
        except NotWaiting:
            raise NotFound(f"没有正在进行的元素实例 {scope_key}") from None
