"""Who sees which cases: with seats those of their own units, and nothing of others."""

from __future__ import annotations

import csv
import io
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import select, text

from tests.api.console.conftest import PASSWORD, REPORT, Browser
from tests.support import diagrams as d
from tests.support.pictures import picture
from workflows import runtime
from workflows.governance import cases, photos
from workflows.governance.organisation import Location
from workflows.runtime import Resource, staff
from workflows.store import read, transaction
from workflows.store.tables import (
    CaseInvolved,
    Deadline,
    Person,
    ProcessInstance,
    Seat,
    StaffAccount,
    Succession,
    Unit,
    UserTask,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from tests.api.conftest import Server

KEEPER, HANDLER, LEAD, CENTRE, NOBODY = "p-0121", "p-0048", "p-0019", "p-0002", "p-nobody"
SOUTH = Location(grid="G17", area="south")
WAITS = d.bpmn(d.start(), d.user("wait"), d.end(), flows="start>wait; wait>end", process_id="scope-waits")


class Made(NamedTuple):
    """A case with a process and a photo."""

    number: str
    instance: int


def handed(session: Session, key: int, _task: int, at: datetime) -> None:
    cases.hand_to(session, key, "handler@fire")


def taken_away(session: Session, key: int, _task: int, at: datetime) -> None:
    cases.hand_to(session, key, "handler@fire")
    cases.hand_to(session, key, "handler@enforcement")
    cases.void(session, key, at)


def of_a_unit_that_is_no_more(session: Session, key: int, _task: int, at: datetime) -> None:
    cases.hand_to(session, key, "handler@old-fire")


def assigned(session: Session, _key: int, task: int, at: datetime) -> None:
    runtime.assign_user_task(session, task, KEEPER, actor="tests")
    runtime.unassign_user_task(session, task, actor="tests")


def offered(session: Session, _key: int, task: int, at: datetime) -> None:
    runtime.update_user_task(session, task, {"candidate_groups": ["grid-worker-street@G07"]}, actor="tests")


def done(session: Session, _key: int, task: int, at: datetime) -> None:
    runtime.complete_user_task(session, task, {}, actor=HANDLER)


#: Where each lies, what has happened to it, and who of those with seats outside the centre sees it.
CASES: dict[str, tuple[Location, Any, set[str]]] = {
    "in the grid of the keeper": (Location(grid="G07", area="east"), None, {KEEPER, LEAD}),
    "in a community of that grid": (Location(community="community-of-G07"), None, {KEEPER, LEAD}),
    "in another grid of the area": (Location(grid="G06", area="east"), None, {LEAD}),
    "in another area": (SOUTH, None, set()),
    "nowhere": (Location(), None, set()),
    "now with the department": (SOUTH, handed, {HANDLER}),
    "once with the department": (SOUTH, taken_away, {HANDLER}),
    "of a unit the department has taken over": (SOUTH, of_a_unit_that_is_no_more, {HANDLER}),
    "once given to the keeper": (SOUTH, assigned, {KEEPER}),
    "offered to the grid": (SOUTH, offered, {KEEPER, LEAD}),
    "done by the handler": (SOUTH, done, {HANDLER}),
    "of the area alone in name": (Location(area="east"), None, set()),
}


@pytest.fixture(scope="module")
def photo(server: Server) -> str:
    return photos.keep(server.app.state.settings.photo_directory, picture(), "image/jpeg")


@pytest.fixture(scope="module")
def made(server: Server, photo: str) -> dict[str, Made]:
    found = {}
    with transaction(server.database) as session:
        runtime.deploy(session, [Resource("scope.bpmn", WAITS)], actor="tests")
        at = runtime.now(session)
        session.add(Unit(id="community-of-G07", kind="community", name="样例社区", parent_id="G07", details={}))
        day = at.date().replace(year=2026, month=1, day=1)
        session.add(Succession(unit_id="old-fire", successor_id="fire", day=day, document="样例文件"))
        session.add(Person(id=NOBODY, name="没有岗位的人"))
        session.flush()
        for person in (KEEPER, HANDLER, LEAD, CENTRE, NOBODY):
            staff.create_account(session, person, PASSWORD, person=person, roles=[], actor="tests")
        for name, (location, happened, _) in CASES.items():
            case = cases.report(session, REPORT | {"text": name}, now=at)
            cases.place(session, case.key, location)
            about = {"size": 1, "width": 1, "height": 1, "media_type": "image/jpeg"}
            photos.attach(session, case.key, stage="report", hash=photo, at=at, **about)
            instance = runtime.start_process(
                session, process_id="scope-waits", variables={}, case_id=case.key, actor="tests"
            )
            key = getattr(instance, "key", instance)
            found[name] = Made(case.number, key)
            if happened:
                task = session.scalars(select(UserTask.key).where(UserTask.process_instance_key == key)).one()
                happened(session, case.key, task, at)
    return found


@pytest.fixture
def signed_in(server: Server, made: dict[str, Made], person: str) -> Iterator[Browser]:
    with Browser(server) as browser:
        assert browser.sign_in(person).status_code == 200
        yield browser


def seen_by(person: str) -> set[str]:
    if person == CENTRE:
        return set(CASES)
    return {name for name, (_, _, people) in CASES.items() if person in people}


def listed(browser: Browser, query: str = "") -> set[str]:
    return set(browser.page(f"/cases?{query}").xpath("//tbody//td/a/strong/text()"))


@pytest.mark.parametrize("person", [KEEPER, HANDLER, LEAD, CENTRE])
def test_a_list_and_its_file_show_the_cases_of_the_own_units(signed_in: Browser, made: dict[str, Made], person: str):
    numbers = {made[name].number for name in seen_by(person)}
    assert listed(signed_in) == numbers
    rows = list(csv.reader(io.StringIO(signed_in.get("/cases.csv").text.removeprefix("\ufeff"))))
    assert {row[0] for row in rows[1:]} == numbers
    page = signed_in.page("/cases")
    assert f"共 {len(numbers)} 件" in page.text_content()
    assert ("本单位的案件" in page.text_content()) is (person != CENTRE)
    assert page.xpath("//nav[@class='side']/a[@href='/console/cases']")
    assert not page.xpath("//nav[@class='side']/a[@href='/console/incidents' or @href='/console/processes']")


@pytest.mark.parametrize("person", [KEEPER, HANDLER, LEAD])
def test_a_filter_finds_nothing_beyond_them(signed_in: Browser, made: dict[str, Made], person: str):
    for name, one in made.items():
        wanted = {one.number} if name in seen_by(person) else set()
        assert listed(signed_in, f"text={one.number}") == wanted
        assert listed(signed_in, f"open=&unit=&text={name}") == wanted


@pytest.mark.parametrize("person", [KEEPER, HANDLER, LEAD, CENTRE])
@pytest.mark.parametrize("name", list(CASES))
def test_a_case_and_all_below_it_is_there_for_who_sees_it(
    signed_in: Browser, made: dict[str, Made], photo: str, name: str, person: str
):
    one = made[name]
    expected = 200 if name in seen_by(person) else 404
    for below in ("", "?tab=timeline", f"/diagrams/{one.instance}", f"/photos/{photo}"):
        assert signed_in.get(f"/cases/{one.number}{below}").status_code == expected, below
    # What needs more than seeing the case is refused to all of them.
    for below in ("?tab=audit", "?tab=data", "/act/cancel", "/documents/1", "/variables/1/x"):
        assert signed_in.get(f"/cases/{one.number}{below}").status_code in {403, 404}, below
    assert signed_in.post("/cases/bulk", verb="cancel", number=one.number).status_code == 403


@pytest.mark.parametrize("person", [KEEPER])
def test_a_case_of_others_is_answered_as_one_that_does_not_exist(
    signed_in: Browser, made: dict[str, Made], person: str
):
    known, guessed = made["in another area"].number, "2026-999999"
    for below in ("", "?tab=materials", "/diagrams/1", "/photos/x"):
        answers = [signed_in.get(f"/cases/{number}{below}") for number in (known, guessed)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text.replace(known, guessed) == answers[1].text


@pytest.mark.parametrize("person", [NOBODY])
def test_who_has_no_seat_sees_no_case(signed_in: Browser, made: dict[str, Made], person: str):
    for path in ("/cases", "/cases.csv", *(f"/cases/{one.number}" for one in made.values())):
        assert signed_in.get(path).status_code == 403
    offered = signed_in.get("/tasks").text
    for path in ("/cases", "/monitor", "/overdue", "/reports"):
        refused = signed_in.get(path)
        assert (refused.status_code, refused.headers["content-type"].split(";")[0]) == (403, "text/html")
        assert f"/console{path}" not in offered


@pytest.mark.parametrize("person", [KEEPER])
def test_leaving_the_seats_takes_the_view_away(server: Server, signed_in: Browser, made: dict[str, Made], person: str):
    number = made["in the grid of the keeper"].number
    held = (Seat.person_id == KEEPER) | (Seat.deputy_id == KEEPER)
    assert signed_in.get(f"/cases/{number}").status_code == 200
    with transaction(server.database) as session:
        rows = [
            {column.key: getattr(seat, column.key) for column in Seat.__table__.columns}
            for seat in session.scalars(select(Seat).where(held))
        ]
        session.query(Seat).filter(held).delete()
        other = rows[0] | {"unit_id": "G17", "deputy_id": None, "person_id": KEEPER}
        session.add(Seat(**other))
    try:
        assert signed_in.get(f"/cases/{number}").status_code == 404
        assert signed_in.get(f"/cases/{made['in another area'].number}").status_code == 200, "of the seat held now"
        with transaction(server.database) as session:
            session.query(Seat).filter(held).delete()
        assert signed_in.get(f"/cases/{number}").status_code == 403
    finally:
        with transaction(server.database) as session:
            session.query(Seat).filter(held).delete()
            session.add_all(Seat(**row) for row in rows)
    assert signed_in.get(f"/cases/{number}").status_code == 200


def test_in_bulk_nobody_reaches_further_than_they_see(server: Server, made: dict[str, Made]):
    """A designer may migrate in bulk but reads no cases by the role."""
    with transaction(server.database) as session:
        account = session.get_one(StaffAccount, KEEPER)
        account.roles = ["designer"]
    try:
        with Browser(server) as browser:
            browser.sign_in(KEEPER)
            mine, other = made["in the grid of the keeper"].number, made["in another area"].number
            found = {
                number: browser.post("/cases/bulk", verb="migrate", number=number).text for number in (mine, other)
            }
            everything = browser.post("/cases/bulk", verb="migrate", all="true").text
    finally:
        with transaction(server.database) as session:
            session.get_one(StaffAccount, KEEPER).roles = []
    assert f"/cases/{mine}" in found[mine]
    assert f"/cases/{other}" not in found[other]
    assert f"/cases/{mine}" in everything
    assert f"/cases/{other}" not in everything


def test_what_is_kept_of_a_case_is_what_its_tables_tell(server: Server, case: str, made: dict[str, Made]):
    """The same as the migration fills in for cases that were there before; and the clocks of a real case are in it."""
    migration = import_module("workflows.store.migrations.versions.0029_involved")
    with read(server.database) as session:
        told = set(
            session.execute(text(migration.known(session.connection().dialect.name).replace(":", "\\:"))).tuples()
        )
        kept = set(session.execute(select(CaseInvolved.who, CaseInvolved.case_key)).tuples())
        key = cases.by_number(session, case).key
        holders = session.scalars(
            select(Deadline.holder)
            .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
            .where(ProcessInstance.case_id == key, Deadline.holder.is_not(None))
        ).all()
    assert told
    assert told <= kept
    assert {(f"@{holder.partition('@')[2]}", key) for holder in holders if holder} <= kept
    past = {who for who, _ in kept - told}
    assert past <= {KEEPER, "@fire", "@enforcement", "@old-fire"}, "what is over is known only from here on"


@pytest.mark.parametrize("person", [KEEPER, HANDLER, LEAD])
def test_many_cases_are_found_as_few_are(
    signed_in: Browser, made: dict[str, Made], person: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workflows.store.queries.seen.MANY", 1)
    numbers = {made[name].number for name in seen_by(person)}
    assert listed(signed_in) == numbers
    assert {number for number in numbers if signed_in.get(f"/cases/{number}").status_code == 200} == numbers
    assert signed_in.get(f"/cases/{made['nowhere'].number}").status_code == 404
