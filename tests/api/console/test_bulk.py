"""Bulk actions: what is meant, what would happen, what came of each, and stopping it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from api.console.bulk import VERBS
from tests.api.console.conftest import REPORT, Browser
from workflows import runtime
from workflows.store import read

if TYPE_CHECKING:
    from tests.api.conftest import Server

TEXT = "批量操作的样例"


@pytest.fixture(scope="module")
def numbers(server: Server) -> list[str]:
    """Two cases far from each other."""
    made = []
    for place in (0.01, 0.02):
        with server.client("desk", **{"idempotency-key": f"console-bulk-{place}"}) as desk:
            answer = desk.post("/cases", json=REPORT | {"text": TEXT, "lat": REPORT["lat"] + place})
        made.append(str(answer.json()["number"]))
    return made


def begun(lead: Browser, **given: Any) -> int:
    answer = lead.post("/cases/bulk/begin", **given)
    assert answer.status_code == 200, answer.text
    found = re.search(r"/batches/(\d+)", answer.url.path)
    assert found
    return int(found[1])


def progress(server: Server, key: int) -> Any:
    with read(server.database) as session:
        return runtime.batch_progress(session, key)


def test_all_matches_are_urged_after_it_was_shown_what_that_means(server: Server, lead: Browser, numbers: list[str]):
    given = {"verb": "urge", "all": "true", "query": f"text={TEXT}", "reason": "市民催问"}
    shown = lead.post("/cases/bulk", **given)
    assert "2 项" in shown.text
    assert all(number in shown.text for number in numbers)
    hidden = html.fromstring(shown.text).xpath("//form[contains(@action, 'begin')]//input[@type='hidden']")
    assert {one.get("name"): one.get("value") for one in hidden} == {
        name: value for name, value in given.items() if name != "reason"
    }
    refused = lead.post("/cases/bulk/begin", **given | {"reason": " "})
    assert refused.status_code == 400
    assert all(number in refused.text for number in numbers), "it stands on the page where what was chosen still is"
    key = begun(lead, **given)
    runtime.run_batches(server.database)
    assert (progress(server, key).total, progress(server, key).completed) == (2, 2)
    again = begun(lead, **given)
    runtime.run_batches(server.database)
    page = lead.page(f"/batches/{again}?state=FAILED")
    assert page.text_content().count("一小时内已经催办过") == 2
    assert set(page.xpath("//tbody//td/a/text()")) == set(numbers)
    assert "催办" in lead.page("/batches").text_content()


def test_a_double_click_is_one_batch(lead: Browser, numbers: list[str]):
    given = {"verb": "urge", "number": numbers, "reason": "市民又催", "query": ""}
    (once,) = html.fromstring(lead.post("/cases/bulk", **given).text).xpath("//button[@name='once']/@value")
    assert begun(lead, **given, once=once) == begun(lead, **given, once=once)
    assert begun(lead, **given) != begun(lead, **given)


def test_the_ticked_are_stopped_and_the_rest_is_left(server: Server, lead: Browser, numbers: list[str]):
    key = begun(lead, verb="suspend", number=numbers[0], reason="台风", query="")
    assert progress(server, key).total == 1
    assert 'http-equiv="refresh"' in lead.get(f"/batches/{key}").text, "while it runs the page renews itself"
    lead.post(f"/batches/{key}/suspend")
    assert progress(server, key).state == "SUSPENDED"
    assert 'http-equiv="refresh"' not in lead.get(f"/batches/{key}").text
    lead.post(f"/batches/{key}/resume")
    lead.post(f"/batches/{key}/cancel")
    assert progress(server, key).state == "CANCELED"
    runtime.run_batches(server.database)
    assert progress(server, key).completed == 0
    assert lead.post(f"/batches/{key}/explode").status_code == 404
    assert lead.post(f"/batches/{key}/cancel").status_code == 409


def test_a_migration_takes_only_what_runs_under_another_version(server: Server, lead: Browser, numbers: list[str]):
    given = {"verb": "migrate", "number": numbers, "reason": "新版本"}
    page = html.fromstring(lead.post("/cases/bulk", **given).text)
    (target,) = page.xpath("//select[@name='target']/option[contains(text(), '案件闭环处理')]/@value")
    counted = lead.post("/cases/bulk", **given, target=target)
    assert "<strong>0 项</strong>" in counted.text
    assert lead.post("/cases/bulk/begin", **given).status_code == 400
    assert progress(server, begun(lead, **given, target=target)).total == 0


def test_nothing_chosen_is_refused(lead: Browser):
    assert lead.post("/cases/bulk", verb="urge", all="false").status_code == 400
    assert lead.post("/cases/bulk", verb="explode", all="true").status_code == 404
    assert lead.post("/cases/bulk", verb="urge", all="true", query="version=x").status_code == 400


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_who_may_not_act_does_not_act_in_bulk(server: Server, numbers: list[str], verb: str):
    with Browser(server) as plain:
        plain.sign_in("plain")
        for path in ("/cases/bulk", "/cases/bulk/begin"):
            assert plain.post(path, verb=verb, number=numbers[0], reason="x").status_code == 403
        assert plain.get("/batches").status_code == 403
        assert plain.post("/batches/1/cancel").status_code == 403
