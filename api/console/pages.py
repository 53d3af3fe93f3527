"""Pages: templates, what every page knows, and refusals as pages."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import OperationalError
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.console.people import SignedOut, Staff
from api.console.words import CATALOGUES, language, word
from api.problems import as_problem
from api.static import Files
from api.v2.kinds import MAX_NUMBER
from workflows.calendar import CHINA
from workflows.runtime.errors import Refusal
from workflows.store import Busy

HERE = Path(__file__).parent
STATIC = HERE / "static"
# A page asks for its files under the hash of what is in them, so that none is old after an update.
FILES = Files(STATIC)
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
SEATED = "seated"
# Navigation: the page, its word, and the permission that opens it; SEATED: or a seat; None: everybody's.
NAVIGATION = (
    ("tasks", "nav.tasks", None),
    ("messages", "nav.messages", None),
    ("monitor", "nav.monitor", SEATED),
    ("cases", "nav.cases", SEATED),
    ("overdue", "nav.overdue", SEATED),
    ("incidents", "nav.incidents", "incident:read"),
    ("processes", "nav.processes", "process-instance:read"),
    ("reports", "nav.reports", SEATED),
    ("calendar", "nav.calendar", "calendar:read"),
    ("spots", "nav.spots", "organisation:read"),
)
# How many rows of a list come before those of the page.
Offset = Annotated[int, Query(ge=0, le=MAX_NUMBER)]
MONTH_DAY, DAY, FULL = "%m-%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"


def clock(at: datetime | None, form: str = "") -> str:
    """A moment in Beijing; in short the day and the time, with the year where it is not this one."""
    if at is None:
        return ""
    moment = at.astimezone(CHINA.zone)
    return moment.strftime(form or (MONTH_DAY if moment.year == datetime.now(CHINA.zone).year else DAY))


def read_clock(text: str | None, form: str = "") -> str:
    """The same of a moment as the API writes it."""
    return clock(datetime.fromisoformat(text), form) if text else ""


def span(seconds: float) -> tuple[int, str]:
    """How long, as one number and the word of its unit: 3 days, 5 hours, 12 minutes."""
    minutes = max(int(abs(seconds) // 60), 0)
    for size, unit in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return minutes // size, unit
    return minutes, "minutes"


def lasting(seconds: float, chosen: str) -> str:
    """The same in a language."""
    number, unit = span(seconds)
    return word(chosen, f"span.{unit}", number=number)


def until(at: datetime, now: datetime, chosen: str) -> str:
    """How long there is, or how long it is over."""
    number, unit = span((at - now).total_seconds())
    return word(chosen, f"{'left' if at > now else 'over'}.{unit}", number=number)


PAGES.filters |= {"clock": clock, "read_clock": read_clock, "thousands": "{:,}".format}


def page(request: Request, template: str, staff: Staff | None = None, status: int = 200, **context: Any) -> Response:
    chosen = language(request)

    def t(key: str, **values: object) -> str:
        return word(chosen, key, **values)

    def linked(**changes: str | None) -> str:
        """This page with other parameters."""
        kept = {name: value for name, value in request.query_params.items() if name not in {*changes, "done"}}
        return "?" + urlencode(kept | {name: value for name, value in changes.items() if value})

    done = request.query_params.get("done", "")
    html = PAGES.get_template(template).render(
        t=t,
        lasting=partial(lasting, chosen=chosen),
        until=partial(until, chosen=chosen),
        linked=linked,
        language=chosen,
        other="en" if chosen == "zh" else "zh",
        staff=staff,
        navigation=[one for one in NAVIGATION if staff and _opens(staff, one[2])],
        root=request.scope["root_path"],
        here=_inside(request.url, request.scope["root_path"]),
        build=FILES.build,
        flash=t(f"done.{done}") if f"done.{done}" in CATALOGUES[chosen] else "",
        real_now=datetime.now(UTC),
        **context,
    )
    return HTMLResponse(html, status, headers={"Vary": "Cookie"})


def _opens(staff: Staff, needed: str | None) -> bool:
    return staff.sees_cases if needed == SEATED else needed is None or staff.may(needed)


def go(request: Request, path: str, done: str = "") -> Response:
    """After a form: see other (RFC 9110, 15.4.4), so that reloading sends nothing again."""
    return RedirectResponse(request.scope["root_path"] + path + (f"?done={done}" if done else ""), 303)


def _inside(url: URL, root: str) -> str:
    return url.path.removeprefix(root) + (f"?{url.query}" if url.query else "")


def _asked(request: Request) -> str:
    """The page that was asked for; of a form the page it stands on, as the browser says."""
    root = request.scope["root_path"]
    if request.method == "GET":
        return _inside(request.url, root)
    before = URL(request.headers.get("referer", ""))
    if before.netloc != request.url.netloc or not before.path.startswith(f"{root}/"):
        return ""
    asked = {**request.scope, "method": "GET", "path": before.path, "raw_path": before.path.encode()}
    there = any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)
    return _inside(before, root) if there else ""


def _before(request: Request) -> str:
    """The page a refused form stands on: what was typed in it is still there for who goes back."""
    return _asked(request) if request.method == "POST" else ""


def install(console: FastAPI) -> None:
    """One handler for everything that can be raised; who is signed out goes to the sign-in and comes back."""

    def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, SignedOut):
            return RedirectResponse(f"{request.scope['root_path']}/login?next={quote(_asked(request))}", 303)
        problem = as_problem(error)
        staff = getattr(request.state, "staff", None)
        return page(request, "problem.html", staff, problem.status_code, problem=problem, before=_before(request))

    for kind in (HTTPException, RequestValidationError, Refusal, Busy, OperationalError, Exception):
        console.add_exception_handler(kind, handle)
