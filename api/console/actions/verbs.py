"""The verbs: what each is done to, by which command, and who may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from api.console import story
from api.console.actions.matter import Action, Check, Field, Matter, Standing
from api.console.periods import shelved_until
from api.console.shown import person_named, seated
from api.permissions import Permission
from api.problems import Problem
from workflows import runtime
from workflows.engine import Activate, Modification, Move, Terminate
from workflows.engine.modifying import INFERRED
from workflows.runtime.deadline_commands import check_extendable, check_suspendable, next_supervision
from workflows.runtime.errors import Refusal
from workflows.runtime.reasons import ReasonMissing
from workflows.store.tables import ElementInstance, Incident, ProcessDefinition, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime


P = Permission
#: What no token is put at.
NEVER = {"boundaryEvent", "startEvent"}


def _one(name: str, among: Callable[[Matter], dict[str, str]], *more: Field) -> Callable[[Matter], list[Field] | None]:
    def fields(matter: Matter) -> list[Field] | None:
        options = among(matter)
        return [Field(name, options=options), *more] if options else None

    return fields


def _to_clock(needs: tuple[Permission, ...], check: Check, run: Callable[[Matter], None], *more: Field) -> Action:
    """What is done to one of the clocks that the check lets through."""
    return Action(needs, _one("clock", lambda matter: matter.clocks(check), *more), run, check=check)


def _supervisable(row: Any, _at: datetime) -> str:
    return f"→ {next_supervision(row)['label']}"


def _shelvable(row: Any, at: datetime) -> None:
    check_suspendable(row, at + timedelta(days=1), at)


def _urge(matter: Matter) -> None:
    runtime.urge_user_task(
        matter.session, matter.key("task", matter.tasks()), reason=matter.reason, actor=matter.staff.person
    )


def _supervise(matter: Matter) -> None:
    key = matter.key("clock", matter.clocks())
    runtime.supervise_deadline(matter.session, key, reason=matter.reason, actor=matter.staff.person)


def _extend(matter: Matter) -> None:
    key = matter.key("clock", matter.clocks())
    runtime.request_extension(matter.session, key, reason=matter.reason, actor=matter.staff.person)


def _shelve(matter: Matter) -> None:
    key = matter.key("clock", matter.clocks())
    until = shelved_until(matter.given.get("until", ""))
    runtime.request_suspension(matter.session, key, until=until, reason=matter.reason, actor=matter.staff.person)


def _unshelve(matter: Matter) -> None:
    key = matter.key("clock", matter.clocks(suspended=True))
    runtime.end_suspension(matter.session, key, reason=matter.reason, actor=matter.staff.person)


def _reassign_fields(matter: Matter) -> list[Field] | None:
    options = matter.tasks()
    groups = matter.session.scalars(
        select(UserTask.candidate_groups).where(UserTask.key.in_([int(key) for key in options]))
    )
    known = seated(matter.session, {group for some in groups for group in some})
    return [Field("task", options=options), Field("person", "text", known=known)] if options else None


def _reassign(matter: Matter) -> None:
    key = matter.key("task", matter.tasks())
    person = person_named(matter.session, matter.given.get("person", ""))
    runtime.assign_user_task(matter.session, key, person, reason=matter.reason, actor=matter.staff.person)


def _return_fields(matter: Matter) -> list[Field] | None:
    tasks, earlier = matter.tasks(), _earlier(matter)
    return [Field("task", options=tasks), Field("step", options=earlier)] if tasks and earlier else None


def _earlier(matter: Matter) -> dict[str, str]:
    """Steps that people have completed in the instances that go on: from there everything after is done again."""
    columns = ElementInstance
    query = (
        select(columns.process_instance_key, columns.element_id, columns.element_name)
        .where(columns.process_instance_key.in_([one.key for one in matter.open]))
        .where(columns.type == "USER_TASK", columns.state == "COMPLETED")
        .order_by(columns.key.desc())
    )
    found: dict[str, str] = {}
    for row in matter.session.execute(query):
        found.setdefault(f"{row.process_instance_key}:{row.element_id}", row.element_name or row.element_id)
    return found


def _return(matter: Matter) -> None:
    key, step = matter.key("task", matter.tasks()), matter.given.get("step", "")
    if step not in _earlier(matter):
        raise Problem(409, "只能退回到已经办过的环节", code="CHOICE_GONE")
    instance, _, element = step.partition(":")
    move = Move(Terminate(key=key), element, INFERRED)
    if matter.session.get_one(UserTask, key).process_instance_key != int(instance):
        raise Problem(409, "这项任务和要退回的环节不在同一个流程里", code="CHOICE_GONE")
    modification = Modification(move=(move,))
    runtime.modify_process_instance(
        matter.session, int(instance), modification, reason=matter.reason, actor=matter.staff.person
    )


def _void(matter: Matter) -> None:
    key = matter.key("root", matter.roots("ACTIVE", "SUSPENDED"))
    runtime.cancel_process_instance(matter.session, key, reason=matter.reason, actor=matter.staff.person)


def _halt(matter: Matter) -> None:
    key = matter.key("root", matter.roots("ACTIVE"))
    runtime.suspend_process_instance(matter.session, key, reason=matter.reason, actor=matter.staff.person)


def _go_on(matter: Matter) -> None:
    key = matter.key("root", matter.roots("SUSPENDED"))
    runtime.resume_process_instance(matter.session, key, reason=matter.reason, actor=matter.staff.person)


def _retry(matter: Matter) -> None:
    key = matter.key("incident", matter.failures())
    runtime.resolve_incident(matter.session, key, reason=matter.reason, actor=matter.staff.person)


def _skip_fields(matter: Matter) -> list[Field] | None:
    failures = matter.failures()
    return (
        [Field("incident", options=failures), Field("flow", options=_ways_out(matter), required=False)]
        if failures
        else None
    )


def _ways_out(matter: Matter) -> dict[str, str]:
    """The ways out of what has failed, where the diagram leaves a choice."""
    query = (
        select(Incident.element_id, ProcessInstance.process_definition_key)
        .join(ProcessInstance, ProcessInstance.key == Incident.process_instance_key)
        .where(Incident.process_instance_key.in_(matter.keys), Incident.state == "ACTIVE")
    )
    found: dict[str, str] = {}
    for element, definition in matter.session.execute(query).tuples():
        model = story.model_of(matter.session, definition)
        outgoing = [model.flows[flow] for flow in model.nodes[element].outgoing] if element in model.nodes else []
        if len(outgoing) > 1 or any(flow.condition for flow in outgoing):
            found |= {
                flow.id: f"{flow.name or flow.id} → {model.nodes[flow.target].name or flow.target}" for flow in outgoing
            }
    return found


def _skip(matter: Matter) -> None:
    key, flow = matter.key("incident", matter.failures()), matter.given.get("flow", "")
    runtime.skip_incident(
        matter.session, key, {}, reason=matter.reason, flows=[flow] if flow else [], actor=matter.staff.person
    )


def _modify_fields(matter: Matter) -> list[Field] | None:
    instance = matter.shown()
    if instance is None or instance.state != "ACTIVE":
        return None
    return [
        Field("instance", options={str(one.key): matter.process_name(one) for one in matter.open}),
        Field("source", options=matter.active(instance), required=False),
        Field("target", options=_targets(matter, instance), required=False),
    ]


def _targets(matter: Matter, instance: ProcessInstance) -> dict[str, str]:
    nodes = story.model_of(matter.session, instance.process_definition_key).nodes.values()
    return {node.id: f"{node.name or node.id}({node.id})" for node in nodes if node.type not in NEVER}


def _modify(matter: Matter) -> None:
    """A token is moved from the source to the target; without a target it ends, without a source there is one more."""
    instance = matter.shown()
    if instance is None:
        raise Problem(409, "没有进行中的流程", code="CHOICE_GONE")
    source, target = matter.given.get("source", ""), matter.given.get("target", "")
    if target and target not in _targets(matter, instance):
        raise Problem(409, "这个流程里没有所选的环节", code="CHOICE_GONE")
    modification = Modification()
    if source:
        gone = Terminate(key=matter.key("source", matter.active(instance)))
        modification = Modification(move=(Move(gone, target, INFERRED),)) if target else Modification(terminate=(gone,))
    elif target:
        modification = Modification(activate=(Activate(target),))
    if not matter.reason.strip():
        raise ReasonMissing
    runtime.modify_process_instance(
        matter.session, instance.key, modification, reason=matter.reason, actor=matter.staff.person
    )


def _migrate_fields(matter: Matter) -> list[Field] | None:
    open_ = {str(one.key): matter.process_name(one) for one in matter.open if one.state == "ACTIVE"}
    instance = matter.shown()
    versions = _versions(matter, instance) if instance else {}
    return [Field("instance", options=open_), Field("version", options=versions)] if open_ and versions else None


def _versions(matter: Matter, instance: ProcessInstance) -> dict[str, str]:
    """The other versions of its process, the newest first."""
    query = (
        select(ProcessDefinition.key, ProcessDefinition.name, ProcessDefinition.version)
        .where(ProcessDefinition.process_id == instance.process_id)
        .where(ProcessDefinition.key != instance.process_definition_key)
        .order_by(ProcessDefinition.version.desc())
    )
    return {str(row.key): f"{row.name} v{row.version}" for row in matter.session.execute(query)}


def _migrate(matter: Matter) -> None:
    instance = matter.shown()
    if instance is None:
        raise Problem(409, "没有进行中的流程", code="CHOICE_GONE")
    target = matter.key("version", _versions(matter, instance))
    if not matter.reason.strip():
        raise ReasonMissing
    runtime.migrate_process_instance(
        matter.session, instance.key, target, None, reason=matter.reason, actor=matter.staff.person
    )


def _mapping(matter: Matter) -> list[Standing]:
    """What the proposed mapping says: what goes on elsewhere, and what has no counterpart."""
    instance = matter.shown()
    if instance is None:
        return []
    target = matter.key("version", _versions(matter, instance))
    plan = runtime.plan_migration(matter.session, instance.process_definition_key, target)
    told = [("mapped", str(len(plan.pairs)))]
    told += [("plain", f"{source} → {other}") for source, other in plan.pairs if source != other]
    return told + [("plain", finding.message) for finding in plan.findings]


ACTIONS: Mapping[str, Action] = {
    "urge": Action((P.TASK_ASSIGN,), _one("task", Matter.tasks), _urge),
    "supervise": _to_clock((P.TASK_ASSIGN, P.DEADLINE_REQUEST), _supervisable, _supervise),
    "extend": _to_clock((P.DEADLINE_REQUEST,), check_extendable, _extend),
    "shelve": _to_clock((P.DEADLINE_REQUEST,), _shelvable, _shelve, Field("until", "date")),
    "unshelve": Action((P.DEADLINE_REQUEST,), _one("clock", lambda matter: matter.clocks(suspended=True)), _unshelve),
    "reassign": Action((P.TASK_ASSIGN,), _reassign_fields, _reassign),
    "return": Action((P.INSTANCE_MODIFY,), _return_fields, _return, weighty=True),
    "retry": Action((P.INCIDENT_RESOLVE,), _one("incident", Matter.failures), _retry),
    "skip": Action((P.INSTANCE_MODIFY,), _skip_fields, _skip, weighty=True),
    "modify": Action((P.INSTANCE_MODIFY,), _modify_fields, _modify, weighty=True, picks=True),
    "migrate": Action((P.INSTANCE_MIGRATE,), _migrate_fields, _migrate, weighty=True, notes=_mapping),
    "suspend": Action((P.INSTANCE_UPDATE,), _one("root", lambda matter: matter.roots("ACTIVE")), _halt),
    "resume": Action((P.INSTANCE_UPDATE,), _one("root", lambda matter: matter.roots("SUSPENDED")), _go_on),
    "void": Action(
        (P.INSTANCE_CANCEL,), _one("root", lambda matter: matter.roots("ACTIVE", "SUSPENDED")), _void, weighty=True
    ),
}

GOES_ON, RUNS = {"ACTIVE", "SUSPENDED"}, {"ACTIVE"}
#: Where a case has any of these, its page offers the verb: states of its instances, and what is open of it.
NEEDS: Mapping[str, set[str]] = {
    "urge": {"task"},
    "supervise": {"clock"},
    "extend": {"clock"},
    "shelve": {"clock"},
    "unshelve": {"shelved"},
    "reassign": {"task"},
    "return": RUNS,
    "retry": {"incident"},
    "skip": {"incident"},
    "modify": RUNS,
    "migrate": RUNS,
    "suspend": RUNS,
    "resume": {"SUSPENDED"},
    "void": GOES_ON,
}


def offers(verb: str, there: set[str], clocks: Sequence[Any], at: datetime) -> bool:
    """Whether a case with these things and open clocks has something that the verb can be done to."""
    return bool(NEEDS[verb] & there) and (ACTIONS[verb].check is None or any(passes(verb, row, at) for row in clocks))


def passes(verb: str, row: Any, at: datetime) -> bool:
    """Whether it can be done to this clock."""
    check = ACTIONS[verb].check
    if check is None:
        return True
    try:
        check(row, at)
    except Refusal:
        return False
    return True
