"""The first account, for whoever sits at the machine and has its code; and the sample city in an empty database."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated

from fastapi import Form, Request, Response
from sqlalchemy import select

from api.console.pages import go, page
from api.console.people import SignedIn, may
from api.limits import address_of
from api.permissions import Permission
from api.problems import Problem, as_problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows.runtime.demo import Demo, DemoRunning, NotEmpty, demo
from workflows.runtime.demo_accounts import ACCOUNTS, new_password
from workflows.runtime.errors import Refusal
from workflows.runtime.first_account import create_first_account, is_settled, setup_code
from workflows.store.tables.governance import Person, Seat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.settings import Settings

router = new_router("Console")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")  # then it came from somewhere else


def is_local(request: Request) -> bool:
    """From this very machine, and not through something that stands before the server."""
    try:
        here = request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    return here and not any(name in request.headers for name in FORWARDED)


@router.get("/first")
def get_first(request: Request, session: ReadSession) -> Response:
    if is_settled(session):
        return go(request, "/login")
    if is_local(request):
        setup_code(request.app.state.settings.data)  # is there to be read before anybody asks for it
    return _form(request, session)


@router.post("/first")
def post_first(
    request: Request,
    session: WriteSession,
    *,
    code: Annotated[str, Form()] = "",
    account: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    person: Annotated[str, Form()] = "",
) -> Response:
    """What was typed comes back with what is wrong; the password and the code do not."""
    if is_settled(session):
        return go(request, "/login")
    if not is_local(request):
        return _form(request, session)
    request.app.state.counts.count(address_of(request))
    settings: Settings = request.app.state.settings
    chosen = password if settings.password_sign_in else None
    try:
        with session.begin_nested():
            create_first_account(session, settings.data, code, account.strip(), chosen, person=person)
    except Refusal as refusal:
        return _form(request, session, problem=as_problem(refusal), account=account, person=person)
    return go(request, "/login?next=/sample")


def _form(
    request: Request, session: Session, *, problem: Problem | None = None, account: str = "", person: str = ""
) -> Response:
    local = is_local(request)
    seats = select(Person.id, Person.name, Seat.title).join(Seat, Seat.person_id == Person.id)
    rows = session.execute(seats.where(Seat.unit_id == "centre").order_by(Person.id)) if local else ()
    return page(
        request,
        "first.html",
        status=problem.status_code if problem else 200 if local else 403,
        local=local,
        passwords=request.app.state.settings.password_sign_in,
        problem=problem,
        account=account,
        person=person,
        persons={row.id: f"{row.name} · {row.title}" for row in rows},
    )


@router.get("/sample", dependencies=[may(Permission.CLOCK_UPDATE)])
def get_sample(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """How far it has come, or the offer to load it."""
    return _sample(request, staff, demo(session))


@router.post("/sample", dependencies=[may(Permission.CLOCK_UPDATE)])
def post_sample(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """Begin, in a process of its own. The password of its accounts is on this page and nowhere else."""
    if not is_offered(request):
        raise Problem(403, "这台服务器不允许拨动时钟,不能载入示例城市", code="PERMISSION_MISSING")
    if running(request):
        raise DemoRunning
    if demo(session).state != "empty":
        raise NotEmpty
    password = new_password()
    request.app.state.demo = _start(request.app.state.settings, password)
    return _sample(request, staff, Demo("running"), password=password)


def is_offered(request: Request) -> bool:
    """Never in service: a month is made by moving the clock."""
    return bool(request.app.state.settings.clock_control)


def running(request: Request) -> bool:
    process = getattr(request.app.state, "demo", None)
    return process is not None and process.poll() is None


def _sample(request: Request, staff: SignedIn, found: Demo, password: str = "") -> Response:
    process = getattr(request.app.state, "demo", None)
    failed = found.state != "done" and process is not None and process.poll() not in {None, 0}
    state = "failed" if failed else "running" if running(request) else found.state
    return page(
        request,
        "sample.html",
        staff,
        state=state,
        percent=found.percent,
        counts=(found.details or {}).get("counts", {}),
        accounts=ACCOUNTS,
        password=password,
        offered=is_offered(request),
    )


def _start(settings: Settings, password: str) -> subprocess.Popen[bytes]:
    """It goes on when the server is restarted; what it says is in the folder of logs."""
    (settings.data / "logs").mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"DATABASE_URL": settings.database_url, "BIHUAN_DATA": str(settings.data.resolve())}
    with (settings.data / "logs" / "demo.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tasks.demo"],
            stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, start_new_session=True,
        )  # fmt: skip
    if process.stdin is not None:
        with process.stdin as pipe:
            pipe.write(f"{password}\n".encode())
    return process
