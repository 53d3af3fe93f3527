"""Bulk: what is done to chosen cases or to all matches; how far it is, with a result for each, and stopping it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from fastapi import Depends, Request, Response
from sqlalchemy import and_, select
from starlette.datastructures import FormData

from api.console.filters import chosen, wanted
from api.console.once import Sending, new_once
from api.console.pages import go, page
from api.console.people import SignedIn, Staff, may, require
from api.console.scope import Seen, scoped
from api.console.shown import people_names
from api.permissions import Permission
from api.problems import Problem, as_problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter, key_or_none
from workflows import runtime
from workflows.runtime.reasons import ReasonMissing
from workflows.store.queries.cases import COUNTED, Filter, instances_of, numbered
from workflows.store.queries.seen import of_cases
from workflows.store.tables import BatchOperation, BatchOperationItem, ProcessDefinition, ProcessInstance
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

router = new_router("Console")
P = Permission
PAGE, MOST_CHOSEN = 50, 200
RUNNING = ("CREATED", "ACTIVE")
ITEM_STATES = ("FAILED", "ACTIVE", "COMPLETED", "SKIPPED", "CANCELED")
MIGRATE = "migrate"


class Verb(NamedTuple):
    """What is done to many: who may, the batch operation, whether it cannot be undone."""

    permission: Permission
    type: str
    danger: bool = False


VERBS: dict[str, Verb] = {
    "urge": Verb(P.TASK_ASSIGN, "URGE_USER_TASK"),
    "suspend": Verb(P.INSTANCE_UPDATE, "SUSPEND_PROCESS_INSTANCE"),
    "resume": Verb(P.INSTANCE_UPDATE, "RESUME_PROCESS_INSTANCE"),
    "retry": Verb(P.INCIDENT_RESOLVE, "RESOLVE_INCIDENT"),
    MIGRATE: Verb(P.INSTANCE_MIGRATE, "MIGRATE_PROCESS_INSTANCE", danger=True),
    "cancel": Verb(P.INSTANCE_CANCEL, "CANCEL_PROCESS_INSTANCE", danger=True),
}


def verbs_of(staff: Staff) -> list[str]:
    return [name for name, verb in VERBS.items() if staff.may(P.BATCH_CREATE) and staff.may(verb.permission)]


async def sent(request: Request) -> FormData:
    return await request.form(max_fields=2 * MOST_CHOSEN)


class Chosen(NamedTuple):
    """The cases meant: those ticked, or all that the filters of the page find."""

    everything: bool
    numbers: list[str]
    filters: dict[str, str]

    def conditions(self, session: Session, staff: Staff) -> list[ColumnElement[bool]]:
        of = scoped(session, staff, wanted(self.filters) if self.everything else Filter())
        found = [instances_of(of, runtime.now(session))] if self.everything or of.within is not None else []
        return found if self.everything else [numbered(self.numbers), *found]

    @property
    def said(self) -> dict[str, Any]:
        return {"cases": self.filters or "all"} if self.everything else {"numbers": self.numbers}


def _chosen(form: FormData) -> Chosen:
    numbers = [str(value) for value in form.getlist("number")][:MOST_CHOSEN]
    everything = form.get("all") == "true"
    if not everything and not numbers:
        raise Problem(400, "请先勾选案件,或者选择全部符合条件的案件", code="NOTHING_CHOSEN")
    return Chosen(everything, numbers, chosen(str(form.get("query", ""))))


def _verb(staff: Staff, name: str) -> Verb:
    if name not in VERBS:
        raise Problem(404, "没有这个操作")
    require(staff, P.BATCH_CREATE)
    require(staff, VERBS[name].permission)
    return VERBS[name]


def _further(session: Session, name: str, form: FormData) -> tuple[list[ColumnElement[bool]], ProcessDefinition | None]:
    """What a migration needs: the version, and only what runs under another version of the same process."""
    if name != MIGRATE or not form.get("target"):
        return [], None
    target = session.get(ProcessDefinition, key_or_none(str(form["target"])) or 0)
    if target is None:
        raise Problem(400, "请选择要迁移到的版本")
    of = [ProcessInstance.process_id == target.process_id, ProcessInstance.process_definition_key != target.key]
    return of, target


@router.get("/cases/bulk")
def get_bulk(request: Request, _staff: SignedIn) -> Response:
    """Nothing is chosen in an address."""
    return go(request, "/cases")


@router.post("/cases/bulk")
def post_bulk(
    request: Request, session: ReadSession, staff: SignedIn, form: Annotated[FormData, Depends(sent)]
) -> Response:
    """What would be done, before it is: nothing has happened yet."""
    return _preview(request, session, staff, form)


def _preview(
    request: Request, session: Session, staff: Staff, form: FormData, problem: Problem | None = None
) -> Response:
    name, which = str(form.get("verb", "")), _chosen(form)
    verb = _verb(staff, name)
    further, target = _further(session, name, form)
    number, first = runtime.count_batch_items(
        session, verb.type, [*which.conditions(session, staff), *further], COUNTED
    )
    return page(
        request,
        "bulk.html",
        staff,
        problem.status_code if problem else 200,
        problem=problem,
        once=new_once(),
        verb=name,
        danger=verb.danger,
        which=which,
        query=str(form.get("query", "")),
        reason=str(form.get("reason", "")),
        number=min(number, COUNTED),
        more=number > COUNTED,
        first=_numbers(session, first),
        target=target,
        targets=_versions(session) if name == MIGRATE else [],
    )


@router.post("/cases/bulk/begin")
def post_bulk_begin(
    request: Request, session: WriteSession, staff: SignedIn, form: Annotated[FormData, Depends(sent)]
) -> Response:
    """Begin it; what it is done to is decided now."""
    name, which, reason = str(form.get("verb", "")), _chosen(form), str(form.get("reason", ""))
    verb = _verb(staff, name)
    if not reason.strip():
        return _preview(request, session, staff, form, as_problem(ReasonMissing()))
    sending = Sending(session, staff, form)
    if sending.earlier:
        return sending.earlier
    further, target = _further(session, name, form)
    conditions = [*which.conditions(session, staff), *further]
    if name != MIGRATE:
        key = runtime.create_batch_operation(
            session, verb.type, conditions, filter=which.said, reason=reason.strip(), actor=staff.person
        )
    elif target is None:
        raise Problem(400, "请选择要迁移到的版本")
    else:
        key = runtime.create_migration_batch(
            session, target.key, None, conditions, filter=which.said, reason=reason.strip(), actor=staff.person
        )
    return sending.led(go(request, f"/batches/{key}", "batch-begun"))


@router.get("/batches", dependencies=[may(P.BATCH_READ)])
def get_batches(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """Batch operations, the newest first."""
    rows = session.scalars(select(BatchOperation).order_by(BatchOperation.key.desc()).limit(PAGE)).all()
    return page(request, "batches.html", staff, rows=rows, names=people_names(session, {row.actor for row in rows}))


@router.get("/batches/{key}", dependencies=[may(P.BATCH_READ)])
def get_batch(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    seen: Seen,
    *,
    key: KeyParameter,
    state: str = "",
    after: str = "",
) -> Response:
    """How far one is, and what came of each item; while it runs the page renews itself."""
    row = _batch(session, key)
    item = BatchOperationItem
    query = (
        select(item.key, item.item_key, item.process_instance_key, item.state, item.message, item.processed)
        .add_columns(ProcessInstance.case_id, Case.number.label("case_number"))
        .outerjoin(ProcessInstance, ProcessInstance.key == item.process_instance_key)
        .outerjoin(Case, and_(Case.key == ProcessInstance.case_id, *of_cases(seen)))
        .where(item.batch_operation_key == key, item.key > (key_or_none(after) or 0))
    )
    if state in ITEM_STATES:
        query = query.where(item.state == state)
    items = session.execute(query.order_by(item.key).limit(PAGE + 1)).all()
    return page(
        request,
        "batch.html",
        staff,
        row=row,
        progress=runtime.batch_progress(session, key),
        names=people_names(session, {row.actor}),
        items=items[:PAGE],
        states=ITEM_STATES,
        state=state,
        running=row.state in RUNNING,
        next=items[PAGE - 1].key if len(items) > PAGE else None,
    )


STEERING = {
    "suspend": runtime.suspend_batch_operation,
    "resume": runtime.resume_batch_operation,
    "cancel": runtime.cancel_batch_operation,
}


@router.post("/batches/{key}/{verb}", dependencies=[may(P.BATCH_UPDATE)])
def post_batch(request: Request, session: WriteSession, staff: SignedIn, *, key: KeyParameter, verb: str) -> Response:
    """Stop, go on, or leave the rest."""
    if verb not in STEERING:
        raise Problem(404, "没有这个操作")
    STEERING[verb](session, key, actor=staff.person)
    return go(request, f"/batches/{key}")


def _batch(session: Session, key: int) -> BatchOperation:
    row = session.get(BatchOperation, key)
    if row is None:
        raise Problem(404, "没有这个批量操作")
    return row


def _numbers(session: Session, instances: list[int]) -> list[str]:
    of = select(Case.number).join(ProcessInstance, ProcessInstance.case_id == Case.key)
    return sorted(set(session.scalars(of.where(ProcessInstance.key.in_(instances)))))


def _versions(session: Session) -> list[Any]:
    columns = (ProcessDefinition.key, ProcessDefinition.name, ProcessDefinition.process_id, ProcessDefinition.version)
    return list(
        session.execute(select(*columns).order_by(ProcessDefinition.process_id, ProcessDefinition.version.desc()))
    )
