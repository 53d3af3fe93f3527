"""The pages that answer a form: what was sent, what would happen, what came of it, and refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browsing import CHROMIUM, LANGUAGES, Visit
from tests.support.notices import OF_2027, notice
from tests.support.pages import ALL, ANSWERS, GRID, NOBODY, PACKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.api.conftest import Server

    Facts = dict[str, Any]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
TYPED = "样例:重复的案件 样例:电话回访 国办发明电 样例:满了"  # what nothing keeps
DIAGRAM = PACKS / "joint-rectification" / "joint-rectification.bpmn"
WELL, NOT_FOUND, REFUSED = 200, 404, 400


def sign_in_wrongly(page: Page, _facts: Facts) -> None:
    page.fill("#account", "nobody")
    page.fill("#password", "nothing at all")
    page.click("button.main")


def report(page: Page, _facts: Facts) -> None:
    if page.locator("#unit").count():
        page.select_option("#unit", index=2)
    page.click("fieldset label >> nth=0")
    page.fill("#text", "样例:满了")
    page.evaluate("""() => {
        document.querySelector("[name=opened]").value = "1000000000";
        HTMLFormElement.prototype.submit.call(document.querySelector("#report"));  // without the script that keeps it
    }""")


def look_up(page: Page, facts: Facts) -> None:
    page.fill("#code", facts["code"])
    page.click("button.main")


def look_up_wrongly(page: Page, _facts: Facts) -> None:
    page.fill("#code", "ABCDEFGHJK")
    page.click("button.main")


def send_again(page: Page, _facts: Facts) -> None:
    """As from another tab in which it is still offered."""
    page.evaluate("""() => {
        const form = document.createElement("form");
        form.method = "post";
        document.body.append(form);
        form.submit();
    }""")


def choose(page: Page, _facts: Facts) -> None:
    page.check("input[name=number] >> nth=0")
    page.click(".bulk button")


def choose_nothing(page: Page, _facts: Facts) -> None:
    page.click(".bulk button")


def give_reason(page: Page, _facts: Facts) -> None:
    page.fill("#reason", "样例:重复的案件")
    if page.locator("#f-target").count():
        page.select_option("#f-target", index=1)
    for select in page.locator("main form select[required]").all():
        select.select_option(index=0 if select.locator("option").first.get_attribute("value") else 1)
    page.click("main form button.main")


def give_none(page: Page, _facts: Facts) -> None:
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.click("main form button.main")


def look_at_notice(page: Page, _facts: Facts) -> None:
    page.click("summary:has(+ p, + form)")
    page.fill("#notice", notice(2027, OF_2027).decode())
    page.click("form[action$=preview] button")


def look_at_nonsense(page: Page, _facts: Facts) -> None:
    page.click("summary:has(+ p, + form)")
    page.fill("#notice", '{"year": ')
    page.click("form[action$=preview] button")


def reveal(page: Page, _facts: Facts) -> None:
    page.click("summary:has(+ form[action$=reveal])")
    page.fill("form[action$=reveal] [name=reason]", "样例:电话回访")
    page.click("form[action$=reveal] button")


def look_through(page: Page, content: bytes) -> None:
    file = {"name": "joint-rectification.bpmn", "mimeType": "application/xml", "buffer": content}
    page.set_input_files("#files", [file])
    page.click("form[action$=deploy] button")


def look_through_a_diagram(page: Page, _facts: Facts) -> None:
    look_through(page, DIAGRAM.read_bytes().replace(b'name="', b'name="(2) ', 1))


def look_through_a_wrong_one(page: Page, _facts: Facts) -> None:
    look_through(page, re.sub(rb'formId="[^"]*"', b'formId="nowhere"', DIAGRAM.read_bytes()))


#: The address that answers, who does it, where it begins, what is done there, and the status of the answer.
DONE: dict[str, tuple[str, str, str, Callable[[Page, Facts], None], int]] = {
    "signed in wrongly": ("/console/login", NOBODY, "/console/login", sign_in_wrongly, 401),
    "reported": ("/r/", NOBODY, "/r/", report, 201),
    "reported at a plate": ("/r/{code}", NOBODY, "/r/{spot}", report, 201),
    "looked up": ("/q", NOBODY, "/q", look_up, WELL),
    "looked up wrongly": ("/q", NOBODY, "/q", look_up_wrongly, NOT_FOUND),
    "rated again": ("/rate/{token}", NOBODY, "/rate/{rated}", send_again, WELL),
    "chosen in bulk": ("/console/cases/bulk", ALL, "/console/cases?open=true", choose, WELL),
    "nothing chosen": ("/console/cases/bulk", ALL, "/console/cases", choose_nothing, REFUSED),
    **{
        f"foreseen: {verb}": (
            "/console/cases/{number}/act/{verb}",
            ALL,
            f"/console/cases/{{{verb}}}/act/{verb}",
            give_reason,
            WELL,
        )
        for verb in ("return", "modify", "void")
    },
    "no reason": ("/console/cases/{number}/act/{verb}", ALL, "/console/cases/{urge}/act/urge", give_none, REFUSED),
    "revealed": ("/console/cases/{number}/reveal", ALL, "/console/cases/{case}", reveal, WELL),
    "not complete": ("/console/tasks/{key}/complete", GRID, "/console/tasks/{task}", give_none, REFUSED),
    "a notice": ("/console/calendar/preview", ALL, "/console/calendar", look_at_notice, WELL),
    "no notice": ("/console/calendar/preview", ALL, "/console/calendar", look_at_nonsense, REFUSED),
    "a diagram": ("/console/processes/deploy", ALL, "/console/processes/deploy", look_through_a_diagram, WELL),
    "a wrong diagram": (
        "/console/processes/deploy",
        ALL,
        "/console/processes/deploy",
        look_through_a_wrong_one,
        REFUSED,
    ),
    "a second sample": ("/console/sample", ALL, "/console/sample", send_again, 409),
}


def test_every_form_that_answers_with_a_page_is_sent():
    assert {answering for answering, *_ in DONE.values()} == ANSWERS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DONE)
def test_an_answer_is_whole(
    month: Server,
    reader: Callable[[str, str], Visit],
    facts: Facts,
    data: str,
    axe: str,
    name: str,
    language: str,
):
    month.app.state.wrong_codes._counts.clear()
    _, account, begin, act, status = DONE[name]
    looking = reader(account, language)
    looking.go(begin.format_map(facts))
    with looking.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        act(looking.page, facts)
    assert answered.value.status == status
    looking.page.wait_for_load_state()
    looking.settled()
    found = looking.faults_of(language, data + TYPED, axe)
    assert not found, "\n".join(found)
