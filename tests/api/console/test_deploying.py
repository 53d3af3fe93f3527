"""Deploying in the console: files are looked through, wrong elements are named and marked, then they count."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from tests.api.console.conftest import PACKS, PASSWORD, Browser
from tests.support import diagrams as d
from workflows.runtime import staff
from workflows.store import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import Server

FLOWS = "start>handle; handle>good; good>handle[again]; good>end"


def drawn(*, name: str = "办理", flows: str = FLOWS, process_id: str = "drawn") -> bytes:
    handle = d.user("handle").replace('id="handle"', f'id="handle" name="{name}"')
    return d.bpmn(d.start(), handle, d.xor("good", "good_end"), d.end(), flows=flows, process_id=process_id)


@pytest.fixture(scope="module")
def accounts(server: Server) -> None:
    with transaction(server.database) as session:
        staff.create_account(session, "drawer", PASSWORD, person="p-0003", roles=["designer"], actor="tests")


@pytest.fixture
def drawer(server: Server, accounts: None) -> Iterator[Browser]:
    with Browser(server) as browser:
        browser.sign_in("drawer")
        yield browser


def send(browser: Browser, *files: tuple[str, bytes], to: str = "", part: str = "files") -> httpx.Response:
    sent = [(part, file) for file in files]
    return browser.http.post(f"/console/processes/deploy{to}", files=sent, headers={"origin": browser.origin})


def confirm(browser: Browser, preview: httpx.Response) -> httpx.Response:
    [held] = html.fromstring(preview.text).xpath("//textarea[@name='held']/text()")
    files = {"held": (None, held.strip())}
    return browser.http.post("/console/processes/deploy/confirm", files=files, headers={"origin": browser.origin})


def deployed(browser: Browser, *files: tuple[str, bytes]) -> str:
    """The key of the version that they have become."""
    done = confirm(browser, send(browser, *files))
    assert done.status_code == 200, done.text
    return done.url.path.rpartition("/")[2]


def findings(answer: httpx.Response) -> list[list[str]]:
    rows = html.fromstring(answer.text).xpath("//table[@id='findings']/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_a_file_is_looked_through_first_and_counts_when_that_is_confirmed(drawer: Browser):
    tried = send(drawer, ("drawn.bpmn", drawn()))
    [row] = html.fromstring(tried.text).xpath("//section[@id='preview']//tbody/tr")
    assert "新的，v1" in row.text_content()
    assert "drawn" not in drawer.get("/processes").text, "nothing has happened yet"
    done = confirm(drawer, tried)
    assert "已部署" in done.text
    again = send(drawer, ("drawn.bpmn", drawn()))
    assert "没有变化（v1）" in again.text
    assert "deploy/confirm" not in again.text
    renamed = send(drawer, ("drawn.bpmn", drawn(name="重新办理")))
    assert "v1 → v2" in " ".join(html.fromstring(renamed.text).text_content().split())


def test_what_was_downloaded_is_byte_for_byte_what_was_deployed(drawer: Browser):
    key = deployed(drawer, ("画图.bpmn", drawn(process_id="kept")))
    [link] = drawer.page(f"/processes/{key}").xpath(f"//a[contains(@href, '/processes/{key}/file')]/@href")
    answer = drawer.get(link.removeprefix("/console"))
    assert answer.content == drawn(process_id="kept")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%94%BB%E5%9B%BE.bpmn"
    assert "没有变化" in send(drawer, ("画图.bpmn", answer.content)).text
    assert drawer.get("/processes/1/file").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "rule", "element"),
    [
        (drawn(flows="start>handle; handle>good; good>handle; good>end"), "condition-missing", "good"),
        (drawn(flows="start>handle; handle>good; good>handle[a &&]; good>end"), "expression-invalid", "good"),
        (drawn(flows="start>handle; good>handle[again]; good>end"), "incoming-missing", "good"),
        (drawn().replace(b'isExecutable="true"', b'isExecutable="false"'), "process-missing", ""),
        (drawn()[:400], "diagram-unreadable", ""),
    ],
)
def test_what_is_wrong_is_told_of_its_element_in_the_list_and_on_the_diagram(
    drawer: Browser, wrong: bytes, rule: str, element: str
):
    refused = send(drawer, ("wrong.bpmn", wrong))
    assert refused.status_code == 400
    told = findings(refused)
    assert [row for row in told if rule in row[2] and row[1].endswith(element)], told
    assert "deploy/confirm" not in refused.text
    marks: dict[str, Any] = {}
    for given in html.fromstring(refused.text).xpath("//@data-given"):
        marks |= json.loads(given)["elements"]
    assert bool(marks) is bool(element)
    assert not element or marks[element]["incident"]


def test_a_finding_is_told_in_english_too(server: Server, accounts: None):
    with Browser(server, "en") as browser:
        browser.sign_in("drawer")
        refused = send(browser, ("wrong.bpmn", drawn(flows="start>handle; handle>good; good>handle; good>end")))
    assert "neither a condition" in refused.text
    assert html.fromstring(refused.text).xpath("//script[not(@src)] | //*[@style]") == []


def test_of_a_folder_only_what_a_pack_deploys_is_taken(drawer: Browser):
    pack = PACKS / "joint-rectification"
    files = [
        (f"{pack.name}/{path.relative_to(pack).as_posix()}", path.read_bytes())
        for path in pack.rglob("*")
        if path.is_file()
    ]
    assert any("scenarios" in name for name, _ in files)
    tried = send(drawer, *files, part="folder")
    assert tried.status_code == 200, findings(tried)
    shown = html.fromstring(tried.text).xpath("//section[@id='preview']//tbody/tr/td[5]/text()")
    assert f"{pack.name}/joint-rectification.bpmn" in shown
    assert not [name for name in shown if re.search("scenarios|README", name)]


@pytest.mark.parametrize("held", ["x", "eJw=", "eJyLrlbKTFGyUqhVqFUCABcGA4U="])
def test_what_did_not_come_from_the_page_before_is_refused(drawer: Browser, held: str):
    answer = drawer.http.post(
        "/console/processes/deploy/confirm", files={"held": (None, held)}, headers={"origin": drawer.origin}
    )
    assert answer.status_code == 400
    assert "请选择文件" in answer.text
    assert send(drawer).status_code == 400


def test_who_may_not_deploy_finds_no_way_to_it(lead: Browser):
    assert "processes/deploy" not in lead.get("/processes").text
    assert lead.get("/processes/deploy").status_code == 403
    assert send(lead, ("drawn.bpmn", drawn())).status_code == 403


def test_a_diagram_in_another_encoding_is_shown_and_handed_out_as_it_is(drawer: Browser, server: Server):
    chinese = drawn(process_id="gbk").decode().replace("UTF-8", "GBK").encode("gbk")
    key = deployed(drawer, ("gbk.bpmn", chinese))
    shown = drawer.get(f"/processes/{key}/diagram")
    assert shown.status_code == 200
    assert "办理" in shown.json()["xml"]
    assert drawer.get(f"/processes/{key}/file").content == chinese
    with server.client() as client:
        answer = client.get(f"/v2/process-definitions/{key}/xml")
    assert "办理" in answer.text


def test_what_runs_is_tried_and_then_migrated_with_a_reason(server: Server, drawer: Browser):
    old = deployed(drawer, ("moved.bpmn", drawn(process_id="moved")))
    with server.client() as client:
        keys = [
            client.post("/v2/process-instances", json={"processDefinitionId": "moved"}).json()["processInstanceKey"]
            for _ in range(2)
        ]
    preview = send(drawer, ("moved.bpmn", drawn(process_id="moved", name="再办")))
    assert "旧版本还有 2 件在办" in preview.text
    new = confirm(drawer, preview).url.path.rpartition("/")[2]
    running = drawer.page(f"/processes/{old}/runs?what=running")
    assert len(running.xpath("//tbody/tr")) == 2
    page = drawer.page(f"/processes/{old}/migrate")
    assert page.xpath("//@data-active | //@data-stays") == ["2", "0"]
    assert page.xpath("//section[@id='migrate']//input[@name='target']/@value") == [new]
    assert drawer.post(f"/processes/{old}/migrate", target=new, reason=" ").status_code == 400
    assert drawer.post(f"/processes/{old}/migrate", target=old, reason="x").status_code == 400
    begun = drawer.post(f"/processes/{old}/migrate", target=new, reason="改了名称")
    assert "/batches/" in begun.url.path
    assert "改了名称" in begun.text
    assert all(key for key in keys)
    back = drawer.page(f"/processes/{new}/migrate?target={old}")
    assert back.xpath("//@data-active") == ["0"], "the batch has not begun its work"


def test_who_may_not_migrate_sees_the_plan_and_no_button(server: Server, drawer: Browser, lead: Browser):
    deployed(drawer, ("seen.bpmn", drawn(process_id="seen")))
    key = deployed(drawer, ("seen.bpmn", drawn(process_id="seen", name="二")))
    with transaction(server.database) as session:
        staff.create_account(session, "viewer", PASSWORD, person="p-0004", roles=["viewer"], actor="tests")
    with Browser(server) as viewer:
        viewer.sign_in("viewer")
        assert (
            viewer.page(f"/processes/{key}/migrate").xpath("//form[@method='post'][contains(@action, 'migrate')]") == []
        )
        assert viewer.post(f"/processes/{key}/migrate", target="1", reason="x").status_code == 403
