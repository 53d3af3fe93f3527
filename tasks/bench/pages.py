"""What pages cost: each asked for again and again of the real application in this process, with a signed-in session."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from lxml import html
from sqlalchemy import event, select
from uvicorn.importer import import_from_string

from workflows.runtime import staff
from workflows.store import Database, read, transaction
from workflows.store.tables import Case, StaffAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = "api.app:create_app"  # as the server is started; nothing here knows more of it than its pages
HOST = "http://bench.invalid"
PASSWORD = "measured once a year"  # noqa: S105 - of accounts of a database made to be measured


class Watcher(NamedTuple):
    """Who looks at the pages: a person of the sample city, by seats and roles seeing all of it or a part."""

    account: str
    person: str
    roles: tuple[str, ...]
    sees: str


WATCHERS = (
    Watcher("bench", "p-0017", ("admin",), "the whole city"),
    Watcher("bench-area", "p-0019", (), "an area"),
    Watcher("bench-department", "p-0044", (), "a department"),
    Watcher("bench-grid", "p-0121", (), "a grid"),
)
#: Besides the pages of the navigation: their filters, and pages far down.
VARIANTS = (
    "/cases?state=filed",
    "/cases?state=closed",
    "/cases?state=voided",
    "/cases?step=问题处置",
    "/cases?step=及时回访&state=filed",
    "/cases?area=east",
    "/cases?grid=G07",
    "/cases?grid=G07&state=filed",
    "/cases?channel=phone",
    "/cases?light=RED",
    "/cases?stage=处置&light=YELLOW",
    "/cases?overdueHours=24",
    "/cases?process=case-handling&version=1",
    "/cases?text=井盖",
    "/cases?text=nowhere",
    "/cases?variable=channel=phone",
    "/cases?variable=channel=nowhere",
    "/cases?from=2026-01-01&to=2026-01-31",
    "/cases?before={middle}",
    "/cases/{open}",
    "/cases/{ended}",
    "/tasks?list=mine",
    "/tasks?list=claimable",
    "/tasks?list=colleagues",
)
TIMES = 15
FORBIDDEN, NOT_FOUND = 403, 404
FILE = re.compile(r"[.](csv|xlsx|zip|json|xes|pdf|ndjson)|export|format=")


@dataclass(frozen=True, slots=True)
class Cost:
    """Median and slowest time in seconds, median of this process's CPU, statements, bytes of the answer."""

    watcher: Watcher
    path: str
    seconds: float
    worst: float
    cpu: float
    statements: int
    size: int
    status: int


def costs(
    database: Database, url: str, times: int = TIMES, say: Callable[[Cost], object] = lambda _: None
) -> list[Cost]:
    """Every page of the navigation, the first of each kind that these link to, and the variants; no files.

    For each of those who look at them, what they are let see.
    """
    _give_accounts(database)
    return asyncio.run(_costs(database, url, times, say))


async def _costs(database: Database, url: str, times: int, say: Callable[[Cost], object]) -> list[Cost]:
    app = import_from_string(APP)(_settings(url))
    try:
        with counted(app.state.database) as statements:
            found = []
            for watcher in WATCHERS:
                async with _signed_in(app, watcher) as client:
                    for path in await _paths(client, database):
                        cost = await _cost(client, watcher, path, statements, times)
                        if watcher is WATCHERS[0] or cost.status not in {FORBIDDEN, NOT_FOUND}:
                            found.append(cost)
                            say(cost)
            return found
    finally:
        app.state.database.engine.dispose()


def _settings(url: str) -> Any:
    return import_from_string("api.settings:Settings")(address=url, public_per_minute=100_000)


async def _paths(client: httpx.AsyncClient, database: Database) -> list[str]:
    home = (await client.get("/console/", follow_redirects=True)).text
    pages = [_of_console(link) for link in _links(home, "//nav[@class='side']/a/@href")]
    kinds: dict[tuple[str, ...], str] = {}
    for path in pages:
        for link in _links((await client.get(f"/console{path}")).text, "//main//a/@href"):
            if link.startswith("/console/") and not FILE.search(link):
                one = _of_console(link)
                kinds.setdefault(_kind(one), one)
    variants = [variant.format_map(_examples(database)) for variant in VARIANTS]
    return list(dict.fromkeys([*pages, *variants, *kinds.values()]))


def _links(page: str, path: str) -> list[str]:
    found: Any = html.fromstring(page).xpath(path)
    return [str(link) for link in found]


def _of_console(link: str) -> str:
    return link.removeprefix("/console")


def _kind(path: str) -> tuple[str, ...]:
    """Pages of one kind: the same path but for keys, and the same parameters."""
    parts = urlsplit(path)
    steps = ["…" if any(sign.isdigit() for sign in step) else step for step in parts.path.split("/")]
    return (*steps, *sorted(pair.partition("=")[0] for pair in parts.query.split("&")))


def _examples(database: Database) -> dict[str, str]:
    with read(database) as session:
        numbers = select(Case.number).order_by(Case.key.desc()).limit(1)
        found = {
            "open": session.scalars(numbers.where(Case.ended.is_(None))).first(),
            "ended": session.scalars(numbers.where(Case.state == "closed")).first(),
            "middle": session.scalars(select(Case.number).order_by(Case.number).limit(1)).first(),
        }
    return {name: number or "" for name, number in found.items()} | {"middle": "2025-999999"}


async def _cost(client: httpx.AsyncClient, watcher: Watcher, path: str, statements: list[str], times: int) -> Cost:
    spent, cpu = [], []
    for _ in range(times + 1):
        statements.clear()
        begin, used = time.perf_counter(), time.process_time()
        answer = await client.get(f"/console{path}")
        spent.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - used)
    spent, cpu = spent[1:], cpu[1:]  # the first of all compiles statements and templates
    size, status = len(answer.content), answer.status_code
    return Cost(watcher, path, median(spent), max(spent), median(cpu), len(statements), size, status)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement sent to the database meanwhile, but for those that begin and end transactions."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


class _signed_in:  # noqa: N801 - used like a function
    def __init__(self, app: Any, watcher: Watcher) -> None:
        self._account = watcher.account
        headers = {"accept-encoding": "identity", "origin": HOST}
        transport = httpx.ASGITransport(app)
        self._client = httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers, timeout=600)

    async def __aenter__(self) -> httpx.AsyncClient:
        answer = await self._client.post("/console/login", data={"account": self._account, "password": PASSWORD})
        if answer.status_code != 303:  # noqa: PLR2004
            raise RuntimeError(f"nobody could sign in: {answer.status_code}")
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


def _give_accounts(database: Database) -> None:
    with transaction(database) as session:
        for one in WATCHERS:
            if session.get(StaffAccount, one.account) is None:
                staff.create_account(session, one.account, PASSWORD, person=one.person, roles=one.roles, actor="bench")
