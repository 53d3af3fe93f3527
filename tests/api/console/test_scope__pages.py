"""Whoever sees part of the city sees the same part on every page, in every file and in every number."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import func, select
from starlette.routing import Mount

from api.console.scope import seen
from tests.api.console.conftest import PASSWORD, REPORT, Browser
from tests.support import diagrams as d
from workflows import runtime
from workflows.governance import cases
from workflows.runtime import Resource, staff
from workflows.store import read, transaction
from workflows.store.tables import Deadline, ProcessInstance, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server

KEEPER, LEAD, CENTRE = "p-0121", "p-0019", "p-0002"
#: Pages that tell of no case, or of one's own work alone, and why nobody's scope is asked.
NOT_OF_CASES = {
    "/oidc": "signing in",
    "/oidc/callback": "signing in",
    "/first": "signing in",
    "/login": "signing in",
    "/": "leads on",
    "/sample": "the sample city, before there are cases",
    "/messages": "one's own",
    "/tasks": "one's own",
    "/tasks/{key}": "one's own",
    "/tasks/{key}/photos/{hash}": "of a task of one's own",
    "/live": "that something has changed, not what",
    "/wall/live": "that something has changed, not what",
    "/wall/grids.json": "boundaries",
    "/monitor/grids.json": "boundaries",
    "/wall/{key}": "leads on",
    "/calendar": "years; of the deadlines it counts those of the cases one sees",
    "/cases/bulk": "leads on",
    "/spots": "plates, not what was reported from them",
    "/spots/plates": "plates, not what was reported from them",
    "/batches": "what was done to how many, by whom",
    "/processes": "how processes run, in numbers of all runs",
    "/processes/{key}": "how processes run, in numbers of all runs",
    "/processes/{key}/diagram": "how processes run, in numbers of all runs",
    "/processes/{key}/compare": "how processes run, in numbers of all runs",
    "/processes/{key}/compare/diagram": "how processes run, in numbers of all runs",
    "/processes/{key}/rules": "how processes run, in numbers of all runs",
    "/processes/{key}/migrate": "what would become of how many runs, by element",
    "/processes/{key}/file": "a diagram",
    "/decisions/{key}/file": "a decision table",
    "/processes/deploy": "files",
}
#: What names the way by which a route asks for the cases of one person.
ASKS = {"case_of", "scoped", "seen_by"}
FAILS = d.bpmn(
    d.start(),
    d.xor("choose"),
    d.user("yes"),
    d.end(),
    flows="start>choose; choose>yes[answer = 42]; yes>end",
    process_id="fails",
)


class Made(NamedTuple):
    """Two cases, overdue, with an incident each: one in the keeper's grid, one elsewhere."""

    mine: str
    other: str


@pytest.fixture(scope="module")
def made(server: Server) -> Made:
    numbers = []
    with transaction(server.database) as session:
        runtime.deploy(session, [Resource("fails.bpmn", FAILS)], actor="tests")
        for person, roles in ((KEEPER, ["designer"]), (LEAD, []), (CENTRE, [])):
            staff.create_account(session, person, PASSWORD, person=person, roles=roles, actor="tests")
        for grid in ("G07", "G17"):
            ring = session.get_one(Unit, grid).boundary or []
            lon, lat = (sum(side) / len(ring) for side in zip(*ring, strict=True))
            case = cases.report(session, REPORT | {"lon": lon, "lat": lat}, now=runtime.now(session))
            about = {"business_id": case.number, "case_id": case.key, "actor": "tests"}
            variables = {"case": cases.variables(case)}
            runtime.start_process(session, process_id="case-handling", variables=variables, **about)
            runtime.start_process(session, process_id="fails", variables={}, **about)
            numbers.append(case.number)
        runtime.pin_clock(session, runtime.now(session) + timedelta(days=1), actor="tests")
    return Made(*numbers)


@pytest.fixture
def signed_in(server: Server, made: Made, person: str) -> Iterator[Browser]:
    with Browser(server) as browser:
        assert browser.sign_in(person).status_code == 200
        yield browser


def asks(route: APIRoute) -> bool:
    """Whether a route takes or asks for the cases that someone sees."""
    calls = [route.dependant]
    for one in calls:
        calls += one.dependencies
    return any(one.call is seen for one in calls) or bool(ASKS & set(route.endpoint.__code__.co_names))


def test_a_page_that_tells_of_cases_asks_whose_they_are(server: Server) -> None:
    (console,) = (route.app for route in server.app.routes if isinstance(route, Mount) and route.path == "/console")
    routes = [one for one in console.routes if isinstance(one, APIRoute) and "GET" in one.methods]
    silent = {route.path for route in routes if not asks(route)}
    assert silent - NOT_OF_CASES.keys() == set(), "takes Seen, or stands in the table with the reason why not"
    assert NOT_OF_CASES.keys() - silent == set(), "is no more, or asks by now"


#: Where cases, clocks, incidents or escalations are listed one by one.
LISTS = (
    "/cases",
    "/cases.csv",
    "/overdue",
    "/overdue?light=OPEN",
    "/overdue?light=LATE",
    "/reports/cases?by=area&figure=reported",
    "/reports/cases?by=grid&figure=reported",
    "/reports/cases?by=class&figure=reported",
)


def told(server: Server, browser: Browser, made: Made, path: str) -> set[str]:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.text)
    return {number for number in made if number in answer.text}


@pytest.mark.parametrize("person", [KEEPER, LEAD, CENTRE, "lead"])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_tells_of_no_case_of_others(server: Server, signed_in: Browser, made: Made, path: str, person: str):
    wanted = {made.mine} if person in {KEEPER, LEAD} else set(made)
    assert told(server, signed_in, made, path) == wanted


@pytest.mark.parametrize("person", [KEEPER, "lead"])
@pytest.mark.parametrize("path", ["/incidents", "/monitor", "/wall"])
def test_what_failed_is_told_by_role_and_of_ones_cases(
    server: Server, signed_in: Browser, made: Made, path: str, person: str
):
    assert made.other not in signed_in.get(path).text or person == "lead"
    if path == "/incidents":
        assert told(server, signed_in, made, path) == ({made.mine} if person == KEEPER else set(made))


@pytest.mark.parametrize("person", [LEAD, CENTRE])
def test_who_has_a_seat_alone_is_shown_no_incidents(signed_in: Browser, made: Made, person: str):
    assert signed_in.get("/incidents").status_code == 403
    assert signed_in.get("/wall").status_code == 403
    page = signed_in.page("/monitor")
    assert not page.xpath("//a[@href='/console/incidents' or @href='/console/wall']")


def numbers(page: Any) -> dict[str, str]:
    """What the overview says, by where it leads."""
    return {
        link.get("href"): link.text_content().strip()
        for link in page.xpath("//main//a[@href]")
        if link.text_content().strip().isdecimal()
    }


@pytest.mark.parametrize("person", [LEAD, CENTRE, "lead"])
def test_the_overview_counts_what_its_lists_show(server: Server, signed_in: Browser, made: Made, person: str):
    page = signed_in.page("/monitor")
    [open_cases] = page.xpath("//a[@class='tile' and @href='/console/cases?open=true']/strong/text()")
    assert int(open_cases) == (1 if person == LEAD else 2)
    grids = {one.get("data-place"): one.get("data-number") for one in page.xpath("//tr[@data-place]")}
    assert (grids["G07"], grids["G17"]) == ("1", "0" if person == LEAD else "1")
    assert next(iter(grids)) == "G07", "where there is most comes first"
    assert ("只统计您看得到的案件" in page.text_content()) is (person == LEAD)
    with read(server.database) as session:
        clocks = session.execute(select(func.count()).where(Deadline.ended.is_(None))).scalar_one()
    running = sum(int(one) for href, one in numbers(page).items() if "light=OPEN" in href and "unit=" in href)
    assert running == (clocks // 2 if person == LEAD else clocks)


@pytest.mark.parametrize("person", [LEAD, CENTRE, "lead"])
def test_a_report_counts_the_cases_one_sees(signed_in: Browser, made: Made, person: str):
    for by in ("area", "grid", "spot", "class"):
        page = signed_in.page(f"/reports?by={by}")
        [reported] = page.xpath("//tfoot/tr[1]/td[1]/a")
        assert reported.text_content() == ("1" if person == LEAD else "2"), by
        assert ("只统计您看得到的案件" in page.text_content()) is (person == LEAD)
    for path in ("/reports?by=unit", "/reports/exempted", "/reports/decisions"):
        assert ("只统计本单位和所属单位" in signed_in.page(path).text_content()) is (person == LEAD)


@pytest.mark.parametrize("person", [LEAD, CENTRE])
def test_a_workbook_counts_the_cases_one_sees(signed_in: Browser, made: Made, person: str):
    book = zipfile.ZipFile(io.BytesIO(signed_in.get("/reports.xlsx").content))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    below = [int(number) for row, number in re.findall(r'<c r="B(\d+)"[^>]*><v>(\d+)</v>', sheet) if int(row) > 3]
    seen_cases = 1 if person == LEAD else 2
    assert sum(below) == 2 * seen_cases, "the areas, and their total"


@pytest.mark.parametrize("person", [KEEPER, "lead"])
def test_runs_of_others_are_counted_and_not_named(server: Server, signed_in: Browser, made: Made, person: str):
    found = [
        signed_in.get(f"{match[1]}/runs?what=waiting&id=choose").text
        for href in set(signed_in.page("/processes").xpath("//a/@href"))
        if (match := re.fullmatch(r"/console(/processes/\d+)", href))
    ]
    text = "".join(found)
    assert made.mine in text
    assert (made.other in text) is (person == "lead")
    assert ("其他单位的案件" in text) is (person == KEEPER)


@pytest.mark.parametrize("person", [KEEPER, "lead"])
def test_the_calendar_leads_to_the_deadlines_it_counts(server: Server, signed_in: Browser, made: Made, person: str):
    """A clock that runs into a year nobody has announced."""
    with transaction(server.database) as session:
        clocks = session.scalars(
            select(Deadline)
            .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
            .where(Deadline.ended.is_(None), ProcessInstance.process_id == "case-handling")
        ).all()
        year = runtime.now(session).year + 5
        before = [(clock.key, clock.due, clock.unit) for clock in clocks]
        for clock in clocks:
            clock.due, clock.unit = clock.due.replace(year=year), "work_day"
    try:
        page = signed_in.page("/calendar")
        [link] = page.xpath(f"//a[contains(@href, 'into={year}')]")
        listed = signed_in.page(link.get("href").removeprefix("/console")).xpath("//tr[@data-key]")
        assert int(link.text_content()) == len(listed) == (len(clocks) // 2 if person == KEEPER else len(clocks))
    finally:
        with transaction(server.database) as session:
            for key, due, unit in before:
                clock = session.get_one(Deadline, key)
                clock.due, clock.unit = due, unit
