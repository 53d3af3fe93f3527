"""A case tab by tab: the path on its diagram, what was decided, stored and recorded, and what is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lxml import html
from sqlalchemy import select, update

from api.console.case import NEEDS
from api.console.story import ways_back
from tests.api.console.conftest import Browser
from tests.api.console.test_pages import TABS
from tests.support import diagrams as d
from workflows import runtime
from workflows.engine import parse_processes
from workflows.governance import cases
from workflows.runtime import Resource
from workflows.store import read, transaction
from workflows.store.tables import DecisionEvaluation, Event, ProcessInstance, UserTask

if TYPE_CHECKING:
    from tests.api.conftest import Server

CALLED = d.bpmn(d.start(), d.user("inside"), d.end(), flows="start>inside; inside>end", process_id="called")
LOOP = d.bpmn(
    d.start(),
    d.user("first"),
    d.user("second"),
    d.xor("again"),
    d.call("calls", "called"),
    d.end(),
    flows="start>first; first>second; second>again; again>first[repeat]; again>calls[not(repeat)]; calls>end",
    process_id="loop",
)


def started(server: Server, number: str, process: str, **variables: Any) -> int:
    """One more process of a case."""
    with transaction(server.database) as session:
        case = cases.by_number(session, number)
        return int(runtime.start_process(session, process_id=process, variables=variables, case_id=case.key, actor="x"))


def complete(server: Server, instance: int, **variables: Any) -> None:
    with transaction(server.database) as session:
        open_ = select(UserTask.key).where(UserTask.process_instance_key == instance, UserTask.state == "CREATED")
        runtime.complete_user_task(session, session.scalars(open_).one(), variables, actor="p-0003")


@pytest.fixture(scope="module")
def looped(server: Server, case: str) -> int:
    """An instance that went round twice and has called another one."""
    with transaction(server.database) as session:
        runtime.deploy(session, [Resource("called.bpmn", CALLED), Resource("loop.bpmn", LOOP)], actor="x")
    key = started(server, case, "loop", secret={"phone": "0738-0000001", "text": "x" * 500})
    for again in (True, False):
        complete(server, key)
        complete(server, key, repeat=again, note="写明")
    return key


def drawn(browser: Browser, number: str, instance: int) -> Any:
    return browser.get(f"/cases/{number}/diagrams/{instance}").json()


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_tab_stands_in_both_languages(server: Server, case: str, looped: int, tab: str, language: str):
    with Browser(server, language) as browser:
        browser.sign_in("lead")
        page = browser.page(f"/cases/{case}?tab={tab}&instance={looped}")
        assert len(page.xpath("//nav[@class='tabs'][1]/a[@aria-current]")) == 1
        assert browser.get(f"/cases/{case}?tab=nothing").status_code == 404


def test_the_diagram_has_passes_the_path_and_the_way_back(lead: Browser, case: str, looped: int):
    found = drawn(lead, case, looped)
    passes = {id: one["passes"] for id, one in found["elements"].items()}
    assert passes == {"start": 1, "first": 2, "second": 2, "again": 2, "calls": 1}
    assert found["elements"]["first"]["label"] == "×2"
    assert found["elements"]["calls"]["label"] == "● 1"
    assert "已停留" in found["elements"]["calls"]["below"]
    assert {flow: found["flows"][flow] for flow in found["back"]} == {"again_first": 1}
    assert found["flows"]["first_second"] == 2
    assert "calls_end" not in found["flows"]
    address = found["called"]["calls"]
    page = lead.page(address.removeprefix("/console"))
    assert "inside" in page.text_content()


def test_the_same_is_told_in_words(lead: Browser, case: str, looped: int):
    text = lead.page(f"/cases/{case}?tab=diagram&instance={looped}").text_content()
    assert text.count("经过 2 次") == 2
    assert "again → first" in text
    assert "×1" in text


def test_the_clock_stands_at_the_element_with_how_far_its_ladder_is(lead: Browser, case: str):
    (address,) = lead.page(f"/cases/{case}?tab=diagram").xpath("//@data-diagram")
    elements = lead.http.get(address).json()["elements"].values()
    assert [one["light"] for one in elements if one["light"]] == ["GREEN"]
    assert ["还剩" in one["below"] for one in elements if one["light"]] == [True]


def test_ways_back_are_those_that_returned_and_no_joins():
    (model,) = parse_processes(LOOP)
    once = ["start_first", "first_second", "second_again"]
    assert ways_back(model, once) == set()
    assert ways_back(model, [*once, "again_first", *once[1:], "again_calls", "gone"]) == {"again_first"}


def test_what_is_personal_is_masked_and_what_is_long_has_a_page_of_its_own(lead: Browser, case: str, looped: int):
    page = lead.page(f"/cases/{case}?tab=data&instance={looped}")
    assert "0738-0000001" not in page.text_content()
    (whole,) = page.xpath("//a[contains(@href, '/variables/')]/@href")
    text = lead.get(whole.removeprefix("/console"))
    assert text.headers["content-type"].startswith("text/plain")
    assert "x" * 500 in text.text
    assert "0738-0000001" not in text.text
    assert lead.get(f"/cases/{case}/variables/{looped}/nothing").status_code == 404


def test_what_was_filled_in_and_done_is_in_the_file(lead: Browser, case: str, looped: int):
    assert "写明" in lead.page(f"/cases/{case}?tab=materials").text_content()
    assert lead.page(f"/cases/{case}?tab=timeline").text_content().count("办结") >= 4
    decided = lead.page(f"/cases/{case}?tab=decisions").text_content()
    assert "紧急程度" in decided
    assert "命中第" in decided
    assert "时限的几成" in decided, "an output is called what its column is called"
    assert "规则表版本第 1 版" in decided.replace("\n", "")


def test_the_legal_basis_of_a_decision_has_a_field_of_its_own(server: Server, lead: Browser, case: str):
    article = "《中华人民共和国行政处罚法》第三十三条第一款"
    with transaction(server.database) as session:
        mine = select(ProcessInstance.key).where(ProcessInstance.business_id == case)
        of = DecisionEvaluation.process_instance_key.in_(mine)
        row = next(one for one in session.scalars(select(DecisionEvaluation).where(of)) if one.matched)
        rule = row.matched[0]
        outputs = [*rule["outputs"], {"id": "o", "name": "依据", "value": article}]
        row.matched = [rule | {"outputs": outputs}, *row.matched[1:]]
    page = lead.page(f"/cases/{case}?tab=decisions")
    assert article in [one.text_content().strip() for one in page.xpath("//dd[@data-basis]")]
    assert page.text_content().count(article) == 1, "and stands there alone"


def test_the_record_is_checked_and_a_changed_row_is_told_of(server: Server, lead: Browser, case: str, looped: int):
    assert "没有缺失或改动" in lead.page(f"/cases/{case}?tab=audit").text_content()
    newest = select(Event.key).where(Event.process_instance_key == looped).order_by(Event.seq.desc()).limit(1)
    with transaction(server.database) as session:
        key = session.scalars(newest).one()
        before = session.scalars(select(Event.actor).where(Event.key == key)).one()
        session.execute(update(Event).where(Event.key == key).values(actor="somebody else"))
    assert f"流程实例 {looped} 的第" in lead.page(f"/cases/{case}?tab=audit").text_content()
    with transaction(server.database) as session:
        session.execute(update(Event).where(Event.key == key).values(actor=before))


def test_a_tab_that_needs_more_than_reading_cases_is_not_offered_without_it(server: Server, case: str):
    with Browser(server) as plain:
        plain.sign_in("plain")
        answers = {tab: plain.get(f"/cases/{case}?tab={tab}").status_code for tab in TABS}
        offered = plain.page(f"/cases/{case}").xpath("//nav[@class='tabs']/a")
    assert answers == {tab: 403 if tab in NEEDS else 200 for tab in TABS}
    assert len(offered) == len(TABS) - len(NEEDS)


def test_the_instance_of_another_case_is_not_shown(server: Server, lead: Browser, case: str):
    with read(server.database) as session:
        others = select(ProcessInstance.key).where(ProcessInstance.case_id.is_(None))
        keys = [1, *session.scalars(others)]
    for key in keys:
        assert lead.get(f"/cases/{case}/diagrams/{key}").status_code == 404
    assert lead.get(f"/cases/{case}/documents/1").status_code == 404
    assert html.fromstring(lead.get(f"/cases/{case}?tab=diagram&instance=1").text).xpath("//@data-diagram")
