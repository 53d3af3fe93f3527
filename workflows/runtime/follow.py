"""What follows a command by itself: inline handlers, called processes, buffered messages, clocks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from workflows.engine import CallWait, DeadlineWait, JobWait, MessageWait
from workflows.runtime import cases
from workflows.runtime.clocks import start_clock
from workflows.runtime.errors import BpmnError, Invalid, NotFound, Refusal
from workflows.runtime.events import Tag
from workflows.runtime.inline import HANDLERS, READING, InlineCall
from workflows.runtime.message_buffer import start_subscriptions, take
from workflows.runtime.running import Running, at_work, called_by, slots
from workflows.store import undone
from workflows.store.base import table
from workflows.store.definitions import find_process
from workflows.store.json import clean
from workflows.store.tables import ElementInstance

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.engine import Thrown, Wait
    from workflows.runtime.step import Step

MAX_DEPTH = 50  # of calls
MAX_SAID = 2_000  # characters of a handler's error
element_instance = table(ElementInstance)
log = logging.getLogger(__name__)


def follow(step: Step) -> None:
    """Until nothing is left to do: every instance waits for the world, or has ended."""
    while any(_once(step, running) for running in list(step.instances.values())):
        pass
    for running in step.instances.values():
        cases.enter_steps(step.session, running, step.now)


def _once(step: Step, running: Running) -> bool:
    """Do what there is to do for an instance; False when there was nothing."""
    running.after = slots(running.execution.waits())
    running.absorb()
    acted = False
    for slot, wait in running.after.items():
        if slot in running.seen or not running.execution.still_waits(wait):
            continue
        if running.suspended and slot[0] is MessageWait:  # it is looked for when the instance is resumed
            continue
        running.seen.add(slot)
        act = ACTS.get(slot[0])
        if act is not None and act(step, running, wait):
            acted = True
    return acted or _cancel_orphans(step, running) or _report(step, running) or _start_next(step, running)


def _run_inline(step: Step, running: Running, wait: JobWait) -> bool:
    """A handler's own writes and its job are one; when it fails, its writes are undone and the job is an incident."""
    handler = HANDLERS.get(wait.type)
    if handler is None:
        return False
    execution, key = running.execution, wait.key
    step.budget -= 1
    if step.budget < 0:
        execution.fail(key, "UNKNOWN", "一步之内自动处理的任务太多 (endless loop?)")
        return True
    call = InlineCall(
        session=step.session,
        now=step.now,
        actor=step.actor,
        process_instance_key=running.key,
        case_id=running.case_id,
        element_id=wait.element_id,
        variables=clean(execution.variables(key)),  # its own copy, down to the last list
        headers=wait.headers,
        business_id=running.business_id,
    )
    try:
        with at_work(step.session, step.instances), undone(step.session, reads=wait.type in READING):
            result = clean(handler(call) or {})
    except BpmnError as error:
        execution.throw_error(key, _said(error.code), _said(error.message), clean(error.variables))
    except Exception as error:
        log.exception("inline handler %s of instance %s", wait.type, running.key)
        execution.fail(key, "JOB_NO_RETRIES", _said(f"{wait.type}: {type(error).__name__}: {error}"))
    else:
        for tag, fact in call.facts:
            running.touch(tag, fact)
        execution.complete(key, result)
    return True


def _said(text: str) -> str:
    """A handler's words, as a row can hold them."""
    return text[:MAX_SAID].replace("\0", "?").encode(errors="replace").decode()


def _start_called(step: Step, running: Running, wait: CallWait) -> bool:
    step.budget -= 1
    try:
        bound = running.definition.key if wait.binding == "deployment" else None
        definition = find_process(
            step.session, process_id=wait.process_id, version_tag=wait.version_tag, deployed_with=bound
        )
        if definition is None:
            raise NotFound(f"没有部署流程「{wait.process_id}」{wait.version_tag or ''} (not deployed, {wait.binding})")
        if running.depth >= MAX_DEPTH or step.budget < 0:
            raise Invalid(f"流程调用超过 {MAX_DEPTH} 层 (calls too deep)")
        step.start(definition, wait.variables, caller=(running, wait.key))
        running.calls.add(wait.key)
    except Refusal as refusal:
        running.execution.fail(wait.key, "CALLED_ELEMENT_ERROR", str(refusal))
    return True


def _hear(step: Step, running: Running, wait: MessageWait) -> bool:
    """A message that came before anybody waited for it."""
    message = take(step.session, wait.name, wait.correlation_key, running.definition.process_id, step.now)
    if message is None:
        return False
    running.touch(Tag.MESSAGE_CORRELATE, {"message": message.key, "name": wait.name})
    running.execution.correlate(wait.key, message.variables)
    running.seen.discard((MessageWait, wait.key))  # a boundary event may wait for the next
    return True


def _cancel_orphans(step: Step, running: Running) -> bool:
    """Called instances that nobody waits for any more are cancelled."""
    orphans = running.calls - {key for kind, key in running.after if kind is CallWait}
    if not orphans:
        return False
    running.calls -= orphans
    new = [other.key for other in step.instances.values() if other.is_new and other.parent_element_key in orphans]
    for key in [*new, *called_by(step.session, orphans)]:
        child = step.open(key)
        if child.active:
            child.touch(Tag.CALLED_PROCESS_CANCEL, {"by": running.key})
            child.execution.terminate()
    return True


def _report(step: Step, running: Running) -> bool:
    """Tell the caller what a called instance has thrown that it catches, and that it has completed."""
    if running.parent_key is None or running.parent_element_key is None:
        return False
    thrown = running.execution.thrown[running.told :]
    running.told += len(thrown)
    for one in thrown:
        _throw_to_callers(step, running, one)
    if running.active or running.reported:
        return bool(thrown)
    running.reported = True
    parent, call = step.open(running.parent_key), running.parent_element_key
    if running.execution.state != "COMPLETED" or not parent.execution.is_calling(call):
        return bool(thrown)
    parent.touch(Tag.CALLED_PROCESS_COMPLETE, {"key": call, "instance": running.key})
    parent.calls.discard(call)
    parent.execution.complete(call, running.execution.variables())
    return True


def _throw_to_callers(step: Step, running: Running, thrown: Thrown) -> None:
    """Give an error or escalation to the nearest calling instance that catches it; interrupting, it ends the call."""
    child = running
    while child.parent_key is not None and child.parent_element_key is not None:
        parent, call = step.open(child.parent_key), child.parent_element_key
        if not parent.execution.is_calling(call):  # ended by what was thrown before
            return
        if parent.execution.catches(call, thrown.kind, thrown.code):
            fact = {"key": call, "instance": running.key, "code": thrown.code, "message": thrown.message}
            if thrown.kind == "error":
                parent.touch(Tag.CALLED_PROCESS_THROW_ERROR, fact)
                parent.execution.throw_error(call, thrown.code, thrown.message, thrown.variables)
            else:
                parent.touch(Tag.CALLED_PROCESS_ESCALATE, fact)
                parent.execution.throw_escalation(call, thrown.code, thrown.variables)
            return
        child = parent


def _start_next(step: Step, running: Running) -> bool:
    """A message with the key of an instance that has ended may start the next one."""
    if running.active or running.correlation_key is None or running.succeeded:
        return False
    running.succeeded = True
    process_id, key = running.definition.process_id, running.correlation_key
    for start in start_subscriptions(step.session, process_id):
        message = take(step.session, start.name, key, process_id, step.now)
        definition = find_process(step.session, key=start.process_definition_key)
        if message is not None and definition is not None:
            step.start(definition, message.variables, start_event=start.element_id, correlation_key=key)
            return True
    return False


ACTS: dict[type[Wait], Callable[[Step, Running, Any], bool]] = {
    JobWait: _run_inline,
    CallWait: _start_called,
    MessageWait: _hear,
    DeadlineWait: start_clock,
}
