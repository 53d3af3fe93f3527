"""The inbox, and a task with its form."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Request, Response
from sqlalchemy import select

from api.console import asked, fields, told
from api.console.once import Sending, new_once
from api.console.pages import Offset, go, page
from api.console.people import SignedIn, Staff, may
from api.console.periods import shelved_until
from api.console.shown import clock_shown, people_names, person_named, photo, seated, unit_titles
from api.console.uploads import Given, Sent, attach
from api.permissions import Permission
from api.problems import Problem, as_problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter, key_or_none
from workflows import runtime
from workflows.governance import photos, views
from workflows.governance.cases import Step
from workflows.runtime.deadline_commands import check_appealable
from workflows.runtime.drafts import discard_draft, save_draft
from workflows.runtime.errors import Refusal
from workflows.runtime.escalation_words import clock_name
from workflows.runtime.running import lock
from workflows.store.queries import inbox
from workflows.store.tables import Deadline, ProcessInstance, SupervisionLetter, TaskDraft, UserTask
from workflows.store.tables import Form as FormTable
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

router = new_router("Console")
PAGE = 50
REQUEST = ("/request", "/request-reason", "/until")  # beside the fields of the task
COMPLETED = "bihuan_completed"  # the task that was, for the page that says what happens next
LISTS = ("mine", "claimable", "colleagues")


@router.get("/tasks")
def get_tasks(request: Request, session: ReadSession, staff: SignedIn, list: str = "", after: Offset = 0) -> Response:
    """Three lists: what is mine, what I can take, what colleagues of my seats have."""
    which = {
        "mine": inbox.mine(staff.person),
        "claimable": inbox.claimable(staff.person, staff.groups),
        "colleagues": inbox.of_colleagues(staff.person, staff.groups),
    }
    counts = {name: inbox.count(session, condition) for name, condition in which.items()}
    shown = list if list in which else next((name for name in LISTS if counts[name]), "mine")
    rows = inbox.inbox(session, which[shown], limit=PAGE + 1, offset=after)
    at = runtime.now(session)
    clocks = inbox.first_clocks(session, {row.process_instance_key for row in rows}, at)
    return page(
        request,
        "tasks.html",
        staff,
        gone_on=_gone_on(request, session, staff),
        lists=[(name, counts[name]) for name in LISTS],
        shown=shown,
        tasks=[(row, clock_shown(clocks.get(row.process_instance_key))) for row in rows[:PAGE]],
        next=after + PAGE if len(rows) > PAGE else None,
        names=people_names(session, {row.assignee for row in rows if row.assignee}),
        titles=unit_titles(session, {group for row in rows for group in row.candidate_groups}),
        at=at,
    )


def _gone_on(request: Request, session: Session, staff: Staff) -> dict[str, Any] | None:
    """The task that someone has just completed, and what its case, or else its process, waits for now."""
    key = key_or_none(request.cookies.get(COMPLETED, "")) if request.query_params.get("done") == "completed" else None
    done = inbox.TASKS.where(UserTask.key == key, UserTask.completed_by == staff.person)
    row = session.execute(done).one_or_none() if key is not None else None
    if row is None:
        return None
    instances = {row.process_instance_key}
    if row.about_case:
        of_case = select(ProcessInstance.key).where(ProcessInstance.case_id == row.about_case)
        instances |= set(session.scalars(of_case.where(ProcessInstance.ended.is_(None))))
    waiting = [one for some in asked.waiting_for(session, instances).values() for one in some]
    return {"task": row, "waiting": waiting}


@router.get("/tasks/{key}")
def get_task(request: Request, session: ReadSession, staff: SignedIn, key: KeyParameter) -> Response:
    """A task: the form, what it is about, what was done before."""
    return _shown(request, session, staff, task_of(session, staff, key))


@router.get("/tasks/{key}/photos/{hash}")
def get_task_photo(request: Request, session: ReadSession, staff: SignedIn, key: KeyParameter, hash: str) -> Response:
    """A photo of the case of a task, for whoever sees the task."""
    return photo(request, session, task_of(session, staff, key).about_case, hash)


@router.post("/tasks/{key}/claim")
def post_claim(request: Request, staff: SignedIn, given: Given, session: WriteSession, key: KeyParameter) -> Response:
    """Take it, and keep what was typed already. Whoever is second is told who was first."""
    task = task_of(session, staff, key)
    if not is_offered(staff, task):
        raise Problem(403, "这项任务没有派给您或您所在的岗位", code="PERMISSION_MISSING")
    runtime.assign_user_task(session, key, staff.person, allow_override=False, actor=staff.person)
    return _kept(request, session, staff, task_of(session, staff, key), given=given, done="claimed")


@router.post("/tasks/{key}/draft")
def post_draft(request: Request, staff: SignedIn, given: Given, session: WriteSession, key: KeyParameter) -> Response:
    """Keep what was typed; nothing is checked yet."""
    return _kept(request, session, staff, task_to_change(session, staff, key), given=given, done="saved")


@router.post("/tasks/{key}/photos")
def post_photos(request: Request, staff: SignedIn, given: Given, session: WriteSession, key: KeyParameter) -> Response:
    """Photos of the work, before or after it, for the case of a task that is mine to do."""
    if not given.photos and given.refused is None:
        given = given._replace(refused=Problem(400, "请选择照片"))
    return _kept(request, session, staff, task_to_change(session, staff, key), given=given, done="photos")


def _kept(request: Request, session: Session, staff: Staff, task: Row[Any], *, given: Sent, done: str) -> Response:
    """What was typed as a draft, and the photos; what is wrong with them is told where all of it still stands."""
    texts = fields.typed(_schema(session, task), given.form)
    try:
        require_mine(staff, task)
        with session.begin_nested():
            attach(request, session, task.key, given, actor=staff.person)
            if any(texts.values()) or done == "saved":
                save_draft(session, task.key, texts, actor=staff.person)
    except (Problem, Refusal) as refusal:
        return _shown(request, session, staff, task, texts=texts, problem=as_problem(refusal))
    return go(request, f"/tasks/{task.key}", done)


@router.post("/tasks/{key}/requests")
def post_request(request: Request, staff: SignedIn, given: Given, session: WriteSession, key: KeyParameter) -> Response:
    """Ask for 延期 or 挂账 of the clock that ends first; others decide it. What was typed besides is kept."""
    task = task_of(session, staff, key)
    sending = Sending(session, staff, given.form)
    if sending.earlier:
        return sending.earlier
    said = {name: str(given.form.get(name, "")) for name in REQUEST}
    texts = fields.typed(_schema(session, task), given.form)
    try:
        with session.begin_nested():
            _ask(session, staff, task, **said)
            attach(request, session, key, given, actor=staff.person)
            if task.state == "CREATED" and any(texts.values()):
                save_draft(session, key, texts, actor=staff.person)
    except (Problem, Refusal) as refusal:
        sending.refused()
        return _shown(request, session, staff, task, texts=texts, problem=as_problem(refusal), given=said)
    return sending.led(go(request, f"/tasks/{key}", "requested"))


def _ask(session: Session, staff: Staff, task: Row[Any], **said: str) -> None:
    kind, reason, until = (said[name] for name in REQUEST)
    if kind == "appeal":
        late = _appealable(session, staff, task)
        if late is None:
            raise Problem(409, "这项任务没有可以申诉的超期,或者它不是您办的", code="NOT_APPEALABLE")
        runtime.request_appeal(session, late.key, reason=reason, actor=staff.person)
        return
    at = runtime.now(session)
    clock = inbox.first_clocks(session, {task.process_instance_key}, at).get(task.process_instance_key)
    if clock is None or not can_complete(staff, task):
        raise Problem(409, "这项任务没有可以申请的时限,或者它不在您手里", code="TASK_ASSIGNED")
    if kind == "extension":
        runtime.request_extension(session, clock.key, reason=reason, actor=staff.person)
    else:
        runtime.request_suspension(session, clock.key, until=shelved_until(until), reason=reason, actor=staff.person)


def _appealable(session: Session, staff: Staff, task: Row[Any]) -> Row[Any] | None:
    """The clock of a task that is over, of which somebody who did it may say why it was late."""
    if task.state != "COMPLETED" or staff.person not in {task.completed_by, task.assignee}:
        return None
    of = Deadline.element_instance_key == task.key, Deadline.process_instance_key == task.process_instance_key
    for clock in session.execute(select(*Deadline.__table__.c).where(*of).order_by(Deadline.key.desc())):
        with suppress(Refusal):
            check_appealable(clock)
            return clock
    return None


@router.post("/tasks/{key}/unclaim")
def post_unclaim(request: Request, staff: SignedIn, given: Given, session: WriteSession, key: KeyParameter) -> Response:
    """Back to who may take it; what was typed stays mine as a draft."""
    task = task_to_change(session, staff, key)
    if task.assignee != staff.person:
        raise Problem(403, "只能退还自己领取的任务", code="PERMISSION_MISSING")
    texts = fields.typed(_schema(session, task), given.form)
    if any(texts.values()):
        save_draft(session, key, texts, actor=staff.person)
    runtime.unassign_user_task(session, key, actor=staff.person)
    return go(request, "/tasks", "unclaimed")


@router.post("/tasks/{key}/assign", dependencies=[may(Permission.TASK_ASSIGN)])
def post_assign(
    request: Request,
    session: WriteSession,
    staff: SignedIn,
    *,
    key: KeyParameter,
    person: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """转办: give it to a person, whoever has it now. Only someone of the organisation, and with a reason."""
    task = task_of(session, staff, key)
    try:
        with session.begin_nested():
            _hand_over(session, staff, key, person, reason)
    except (Problem, Refusal) as refusal:
        given = {"person": person, "reason": reason}
        return _shown(request, session, staff, task, problem=as_problem(refusal), given=given)
    return go(request, f"/tasks/{key}", "assigned")


def _hand_over(session: Session, staff: Staff, key: int, person: str, reason: str) -> None:
    whom = person_named(session, person)
    if not reason.strip():
        raise Problem(400, "请写明理由", code="REASON_MISSING")
    runtime.assign_user_task(session, key, whom, reason=reason, actor=staff.person)


@router.post("/tasks/{key}/complete")
def post_complete(
    request: Request, staff: SignedIn, given: Given, session: WriteSession, key: KeyParameter
) -> Response:
    """Complete it. Refused answers come back as they were typed, with what is wrong beside each."""
    task = task_to_change(session, staff, key)
    sending = Sending(session, staff, given.form)
    if sending.earlier:
        return sending.earlier
    schema = _schema(session, task)
    texts = fields.typed(schema, given.form)
    try:
        require_mine(staff, task)
        with session.begin_nested():
            attach(request, session, key, given, actor=staff.person)
            runtime.complete_user_task(session, key, fields.variables(schema, texts), actor=staff.person)
            discard_draft(session, key, actor=staff.person)
    except (Problem, Refusal) as refusal:
        sending.refused()
        return _shown(request, session, staff, task_of(session, staff, key), texts=texts, problem=as_problem(refusal))
    answer = sending.led(go(request, "/tasks", "completed"))
    answer.set_cookie(
        COMPLETED, str(key), max_age=60, path=f"{request.scope['root_path']}/tasks", samesite="lax", httponly=True
    )
    return answer


def is_offered(staff: Staff, task: Row[Any]) -> bool:
    return staff.person in task.candidate_users or bool(set(staff.groups) & set(task.candidate_groups))


def can_complete(staff: Staff, task: Row[Any]) -> bool:
    """Whoever has it; where nobody has it yet, whoever could take it."""
    mine = task.assignee == staff.person or (task.assignee is None and is_offered(staff, task))
    return mine and bool(task.state == "CREATED")


def require_mine(staff: Staff, task: Row[Any]) -> None:
    if task.completed_by == staff.person:
        raise Problem(409, "这项任务您已经提交过了,这一次填写的没有再提交", code="TASK_ASSIGNED")
    if not can_complete(staff, task):
        raise Problem(409, "任务已由他人领取或办结,您填写的内容还在下面,没有提交", code="TASK_ASSIGNED")


def task_of(session: Session, staff: Staff, key: int) -> Row[Any]:
    row = session.execute(inbox.TASKS.where(UserTask.key == key)).one_or_none()
    if row is None or not (row.assignee == staff.person or is_offered(staff, row) or staff.may("user-task:read")):
        raise Problem(404, "没有这项任务,或者它没有派给您")  # alike, so that nobody finds out by asking
    return row


def task_to_change(session: Session, staff: Staff, key: int) -> Row[Any]:
    """The same, with its instance locked: who has the task now has it until this request is over."""
    task = task_of(session, staff, key)
    lock(session, task.process_instance_key)
    return task_of(session, staff, key)


def _asked(session: Session, task: Row[Any]) -> dict[str, Any]:
    """What is to be decided, where the task decides something; else what was asked of the clocks of its instance."""
    if task.process_id not in inbox.BESIDE:
        found = asked.requests(session, [task.process_instance_key])
        return {"about": None, "letter": None, "requests": found, "askers": _named(session, found, None)}
    about = asked.request_of(session, task.process_instance_key)
    letter = asked.letter_of(session, task.process_instance_key)
    askers = _named(session, [about] if about else [], letter)
    return {"about": about, "letter": letter, "requests": [], "askers": askers}


def _named(session: Session, found: list[asked.Request], letter: SupervisionLetter | None) -> dict[str, str]:
    people = {one.who for one in found} | ({letter.replied_by or ""} if letter else set())
    return people_names(session, people) | unit_titles(session, [letter.recipient] if letter else [])


def _schema(session: Session, task: Row[Any]) -> dict[str, Any]:
    if task.form_key is None:
        return {}
    return dict(session.execute(select(FormTable.schema).where(FormTable.key == task.form_key)).scalar_one())


def _shown(
    request: Request,
    session: Session,
    staff: Staff,
    task: Row[Any],
    *,
    texts: dict[str, Any] | None = None,
    problem: Problem | None = None,
    given: Mapping[str, str] | None = None,
) -> Response:
    at = runtime.now(session)
    schema = _schema(session, task)
    case = session.get(Case, task.about_case) if task.about_case else None
    draft = session.get(TaskDraft, (task.key, staff.person)) if texts is None else None
    texts = texts or (draft.answers if draft else {})
    errors = problem.errors if problem else []
    wrong = {one.get("pointer", "").split("/")[-1]: one.get("detail", "") for one in errors}
    clock = inbox.first_clocks(session, {task.process_instance_key}, at).get(task.process_instance_key)
    return page(
        request,
        "task.html",
        staff,
        problem.status_code if problem else 200,
        task=task,
        title=schema.get("title", task.name),
        description=schema.get("description", ""),
        fields=fields.fields(schema, texts, wrong),
        problem=problem,
        marked=len(wrong) if errors and set(wrong) <= set(schema.get("properties", {})) else 0,
        given=given or {},
        once=new_once(),
        late=clock_name(late.stage, late.milestone) if (late := _appealable(session, staff, task)) else None,
        can_complete=can_complete(staff, task),
        can_claim=task.assignee is None and is_offered(staff, task) and task.state == "CREATED",
        clock=clock_shown(clock),
        draft=draft.saved if draft else None,
        case=views.details(session, case) if case else None,
        **_asked(session, task),
        history=told.history(session, [task.process_instance_key]),
        names=people_names(session, {task.assignee, task.completed_by} - {None}),
        titles=unit_titles(session, task.candidate_groups),
        at=at,
        photo_stages=photos.STAGES,
        photo_stage=photos.OF_STEP[Step(case.step)] if case else "",
        most_photos=request.app.state.settings.max_photos,
        photo_edge=request.app.state.settings.photo_edge,
        candidates=seated(session, task.candidate_groups) if staff.may(Permission.TASK_ASSIGN) else [],
    )
