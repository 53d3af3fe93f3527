"""A server with the sample city, a plate on a wall, and citizens without any account."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from lxml import html
from sqlalchemy import select

from tests.api.conftest import CERTIFICATES
from tests.api.console.conftest import city
from tests.support.databases import KINDS
from workflows import runtime
from workflows.governance import cases
from workflows.governance.spots import Place
from workflows.store import read, transaction
from workflows.store.tables import Case, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server

STEPS = itertools.count()
SQUARE = Place("万豪广场", "乐坪大道中段", 111.9945, 27.7281)
DONE = (
    ("verify", {"result": "属实"}),
    ("file", {"result": "立案"}),
    ("dispatch", {"result": "按建议派遣"}),
    ("handle", {"result": "办结", "measures": "已清运。"}),
    ("check", {"result": "通过"}),
)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with city(tmp_path_factory.mktemp("citizens"), request.param) as started:
        yield started


@pytest.fixture
def spot(server: Server) -> str:
    return plate(server, elsewhere(name=f"点位 {uuid4().hex[:6]}"))


def elsewhere(**changes: str) -> Place:
    """Each a hundred metres from the last, or what is reported there would be taken for a repetition."""
    east, north = divmod(next(STEPS), 30)  # or it would be out of the city some day
    return replace(SQUARE, lon=SQUARE.lon + east / 1000, lat=SQUARE.lat + north / 1000, **changes)


@pytest.fixture(autouse=True)
def _nobody_has_guessed_yet(server: Server) -> None:
    server.app.state.wrong_codes._counts.clear()


def plate(server: Server, place: Place) -> str:
    with transaction(server.database) as session:
        [added] = runtime.import_spots(session, [place], actor="tests")
    return added.code


@pytest.fixture
def citizen(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30, verify=CERTIFICATES) as client:
        yield client


def form(**fields: Any) -> dict[str, Any]:
    """What a person sends who took a while to fill it in."""
    return {"condition": "C0302-01", "key": uuid4().hex, "opened": str(int(time.time()) - 10)} | fields


def report(citizen: httpx.Client, spot: str, photo: Any = None, **fields: Any) -> httpx.Response:
    files = {"photo": photo or ("", b"", "application/octet-stream")}
    return citizen.post(f"/r/{spot}", data=form(**fields), files=files)


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return "".join(html.fromstring(answer.text).xpath("//p[@id='code']/text()")).replace(" ", "")


def handle(server: Server, code: str, steps: Any = DONE) -> None:
    """The staff does its part, as far as the callback."""
    for element, answers in steps:
        with read(server.database) as session:
            case = cases.by_code(session, code)
            key = session.scalars(
                select(UserTask.key)
                .join(ProcessInstance, ProcessInstance.key == UserTask.process_instance_key)
                .where(ProcessInstance.case_id == case.key, UserTask.element_id == element, UserTask.state == "CREATED")
            ).one()
        actor = "p-0005" if element == "check" else "p-0121"
        with transaction(server.database) as session:
            runtime.complete_user_task(session, key, answers, actor=actor)


def case_of(server: Server, code: str) -> Case:
    with read(server.database) as session:
        return cases.by_code(session, code)
