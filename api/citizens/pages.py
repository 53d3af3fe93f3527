"""Pages for citizens: templates, words, how they are shown, and refusals in plain words."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api.limits import address_of
from api.problems import Problem, as_problem
from api.static import Files
from workflows.calendar import CHINA
from workflows.runtime.errors import Refusal
from workflows.store import Busy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

HERE = Path(__file__).parent
STATIC = HERE / "static"
FILES = Files(STATIC)
WORDS: Mapping[str, Mapping[str, str]] = {
    file.stem: json.loads(file.read_text("utf-8")) for file in sorted((HERE / "words").glob("*.json"))
}
LANGUAGE, DISPLAY = "bihuan_words", "bihuan_print"  # cookies: which words, how large they are printed
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# What a citizen can do about a refusal differs by kind; the rest is told as it is.
PLAIN = {404: "error.404", 413: "error.413", 429: "error.429", 503: "error.503"}


def clock(at: datetime | str | None, language: str = "zh") -> str:
    """A moment, or one as the API writes it, as people say it: 3月2日 09:30, 2 Mar 09:30; of another year with it."""
    if not at:
        return ""
    moment = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(CHINA.zone)
    day = f"{moment.month}月{moment.day}日" if language == "zh" else f"{moment.day} {MONTHS[moment.month - 1]}"
    if moment.year != datetime.now(CHINA.zone).year:
        day = f"{moment.year}年{day}" if language == "zh" else f"{day} {moment.year}"
    return f"{day} {moment:%H:%M}"


def spaced(code: str) -> str:
    """A query code as it is read out: ABCDE FGHIJ."""
    return f"{code[:5]} {code[5:]}"


PAGES.filters |= {"clock": clock, "spaced": spaced}


def language(request: Request) -> str:
    chosen = request.cookies.get(LANGUAGE, "zh")
    return chosen if chosen in WORDS else "zh"


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    words = WORDS[language(request)]

    def t(key: str, **values: object) -> str:
        return words[key].format_map(values) if values else words[key]

    html = PAGES.get_template(template).render(
        t=t,
        language=language(request),
        large=request.cookies.get(DISPLAY) == "large",
        here=request.url.path,
        build=FILES.build,
        hotline=request.app.state.settings.hotline,
        **context,
    )
    return HTMLResponse(html, status, headers={"Vary": "Cookie"})


def whats_next(request: Request, next: Row[tuple[str, datetime, datetime | None]] | None, now: datetime) -> str:
    """What is being done and until when; nothing where no clock runs. One that has run over says so."""
    if next is None:
        return ""
    words = WORDS[language(request)]
    stage, due, until = words.get(f"stage.{next[0]}", next[0]), next[1], next[2]
    key = "suspended" if until else "due" if due > now else "overdue"
    return words[key].format(stage=stage, at=clock(until or due, language(request)))


def address(request: Request, path: str) -> str:
    """A whole address for a QR code."""
    return (request.app.state.settings.public_url or str(request.base_url).rstrip("/")) + path


def qr(text: str) -> Markup:
    """The QR code as SVG that takes the size of its box; what is in it is drawn, never markup."""
    code = segno.make(text, error="m")
    return Markup(code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None))  # noqa: S704


def wants_json(request: Request) -> bool:
    """Whether a script asks, which sends what was kept while there was no network."""
    return "application/json" in request.headers.get("accept", "")


def refused(request: Request, problem: Problem) -> Response:
    """A refusal as a page, or for a script as what is said on it."""
    words = WORDS[language(request)]
    told = problem.status_code in PLAIN
    said = words[PLAIN[problem.status_code]] if told else str(problem.detail)
    headers = dict(problem.headers or {})
    if wants_json(request):
        return JSONResponse({"detail": said, "code": problem.code}, problem.status_code, headers=headers)
    answer = page(request, "problem.html", problem.status_code, said=said, translated=told)
    answer.headers.update(headers)
    return answer


def install(citizens: FastAPI) -> None:
    """One handler for everything that can be raised."""

    def handle(request: Request, error: Exception) -> Response:
        return refused(request, as_problem(error))

    for kind in (HTTPException, RequestValidationError, Refusal, Busy, OperationalError, Exception):
        citizens.add_exception_handler(kind, handle)


async def counted(request: Request) -> None:
    """Whoever sends something is counted, as with the API. Problem 429."""
    request.app.state.counts.count(address_of(request))


async def not_guessing(request: Request) -> None:
    """Whoever named too many codes that are nobody's may not name another for a while, a right one neither."""
    request.app.state.wrong_codes.check(address_of(request))


def guessed_wrong(request: Request) -> None:
    request.app.state.wrong_codes.count(address_of(request))
