"""A server with the sample city, cases in it, and people who sign in."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import httpx
import pytest
from lxml import html
from sqlalchemy import select

from tasks.packs import deploy_pack
from tests.api.conftest import CERTIFICATES, Server, serve
from tests.support.databases import KINDS
from workflows import runtime
from workflows.runtime import staff
from workflows.store import transaction
from workflows.store.keys import next_keys
from workflows.store.tables import Deadline, Escalation, ProcessInstance, Seat, StaffAccount, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.store import Database

PACKS = Path(__file__).parents[3] / "bpmn"
PASSWORD = "correct horse battery"  # noqa: S105
SUPERVISOR, DESK = "p-0001", "p-0002"
CONDITIONS = ("C0302-01", "C0101-01")
PLACES = cycle(product(range(6, 400, 6), CONDITIONS))  # ten-thousandths of a degree to the north
REPORT: dict[str, Any] = {
    "channel": "phone",
    "conditionCode": "C0302-01",
    "text": "=<script>alert('果皮箱')</script>满溢",
    "lon": 111.9945,
    "lat": 27.7281,
}


class Browser:
    """A browser without JavaScript: it keeps cookies and says where a form comes from."""

    def __init__(self, server: Server, language: str = "zh") -> None:
        self.http = httpx.Client(base_url=server.url, timeout=30, follow_redirects=True, verify=CERTIFICATES)
        self.http.cookies.set("bihuan_language", language, path="/console")
        self.origin = server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str) -> httpx.Response:
        return self.http.get(f"/console{path}")

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"/console{path}", data=fields, headers={"origin": self.origin})

    def sign_in(self, account: str, password: str = PASSWORD) -> httpx.Response:
        return self.post("/login", account=account, password=password)

    def page(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return html.fromstring(answer.text)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with city(tmp_path_factory.mktemp("console"), request.param) as started:
        yield started


@contextmanager
def city(folder: Path, kind: str, **settings: Any) -> Iterator[Server]:
    """A server with the sample city and two people who may sign in."""
    with serve(folder, kind, settle, **settings) as started:
        yield started


def settle(database: Database) -> None:
    for name in ("loudi", "clocks", "case-handling"):
        deploy_pack(database, PACKS / name, actor="tests")
    with transaction(database) as session:
        for account, person, roles in (("lead", SUPERVISOR, ["supervisor"]), ("plain", DESK, [])):
            staff.create_account(session, account, PASSWORD, person=person, roles=roles, actor="tests")


@pytest.fixture
def browser(server: Server) -> Iterator[Browser]:
    with Browser(server) as opened:
        yield opened


@pytest.fixture
def lead(browser: Browser) -> Browser:
    assert browser.sign_in("lead").status_code == 200
    return browser


@dataclass(frozen=True)
class Work:
    """An open task that is offered to two people."""

    key: int
    first: str
    second: str


@pytest.fixture
def work(server: Server) -> Work:
    """Reported anew for each test; both people of the seat may take it."""
    with server.client("desk", **{"idempotency-key": f"console-work-{uuid4()}"}) as desk:
        # Far from each other, so that none is taken for a repetition.
        north, kind = next(PLACES)
        moved = {"lat": REPORT["lat"] + north / 10_000, "conditionCode": kind}
        answer = desk.post("/cases", json=REPORT | moved)
    assert answer.status_code == 201, answer.text
    with transaction(server.database) as session:
        key, groups = session.execute(
            select(UserTask.key, UserTask.candidate_groups).order_by(UserTask.key.desc()).limit(1)
        ).one()
        people = []
        for group in groups:
            role, _, unit = group.partition("@")
            seats = session.execute(
                select(Seat.person_id, Seat.deputy_id).where(Seat.role == role, Seat.unit_id == unit)
            )
            people += [person for seat in seats for person in seat if person]
        first, second = list(dict.fromkeys(people))[:2]
        for person in (first, second):
            if session.get(StaffAccount, person) is None:
                staff.create_account(session, person, PASSWORD, person=person, roles=[], actor="tests")
    return Work(key, first, second)


@pytest.fixture(scope="module")
def case(server: Server) -> str:
    with server.client("desk", **{"idempotency-key": "console-case-of-tests"}) as desk:
        answer = desk.post("/cases", json=REPORT | {"reporter": {"name": "样例市民", "phone": "0738-0000001"}})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def escalated(server: Server, case: str, **fields: Any) -> None:
    """A rung of the first clock of a case has fired."""
    with transaction(server.database) as session:
        clock = session.scalars(
            select(Deadline)
            .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
            .where(ProcessInstance.business_id == case)
        ).first()
        assert clock is not None
        now = runtime.now(session)
        rung = {"role": "grid-lead", "recipient": "grid-lead@G07", "vacant": False, "channels": [], "powers": []}
        of = {"deadline_key": clock.key, "process_instance_key": clock.process_instance_key, "stage": clock.stage}
        session.add(Escalation(key=next_keys(session)[0], at=now, fired=now, **of, **rung, **fields))
