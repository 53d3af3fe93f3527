"""Documents over HTTP: found, read, printed, revealed with a reason, withdrawn; harmless whatever they hold."""

from __future__ import annotations

import itertools
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from tests.api.cases.conftest import pack_files, report
from tests.api.conftest import Server, serve, start
from tests.support import diagrams as d
from tests.support import papers
from tests.support.databases import KINDS
from tests.support.world import table
from workflows import runtime
from workflows.governance import cases, documents
from workflows.store import read, transaction
from workflows.store.tables import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

numbers = itertools.count(1)
PERSON = {"key": "P-0001", "name": "样例-当事人甲"}
CLEAR = ("430000199001010011", "0738-0001001")
FORMATS = {"json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf"}
JUDGED = d.bpmn(
    d.start(), d.rule("judge", "verdict", "verdict"), d.call("write", "issuing"), d.end(),
    flows="start>judge;judge>write;write>end", process_id="judged",
)  # fmt: skip
VERDICT = table("verdict", ["harm"], ["code"], ['"none"', '"EXEMPT_SHALL"'], ["-", '"ORDINARY"'], policy="FIRST")


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("documents"), request.param) as started:
        own = [
            ("issuing.bpmn", papers.issuing(process_id="issuing")),
            ("verdict.dmn", VERDICT),
            ("judged.bpmn", JUDGED),
        ]
        with started.client() as admin:
            for files in (*(pack_files(pack) for pack in ("loudi", "enforcement", "case-handling")), own):
                answer = admin.post("/v2/deployments", files=[("resources", file) for file in files])
                assert answer.status_code == 200, answer.text
        yield started


def issue(client: httpx.Client, process_id: str = "issuing", *, harm: str = "none", **changes: Any) -> dict[str, Any]:
    """Issue a decision; what is listed of it."""
    key = start(client, process_id, decision=papers.decision(party=PERSON, **changes), harm=harm)
    [item] = client.get("/documents", params={"processInstanceKey": key}).json()["items"]
    return item


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def test_templates_are_resources_of_a_deployment(server: Server, admin):
    files = [("resources", file) for file in pack_files("enforcement")]
    deployed = admin.post("/v2/deployments", files=files).json()["deployments"]
    found = {one["resource"]["resourceId"] for one in deployed if one["resource"]}
    assert found >= {"no-penalty-decision", "correction-order", "education-record", "enforcement/parties"}


def test_a_document_is_listed_with_what_it_is(admin):
    item = issue(admin)
    assert (item["title"], item["templateId"], item["templateVersion"]) == (
        "不予行政处罚决定书",
        "no-penalty-decision",
        1,
    )
    assert item["number"].startswith("娄城管不罚决〔")
    assert (item["caseNumber"], item["withdrawnAt"]) == (None, None)


def test_the_documents_of_a_case_are_found_by_its_number(server: Server, admin):
    number = report(admin).json()["number"]
    with transaction(server.app.state.database) as session:
        key = runtime.start_process(
            session, process_id="issuing", variables={"decision": papers.decision()}, business_id=number,
            case_id=cases.by_number(session, number).key, actor="p-0031",
        )  # fmt: skip
    [item] = admin.get(f"/cases/{number}/documents").json()["items"]
    assert (item["caseNumber"], item["processInstanceKey"], item["issuedBy"]) == (number, str(key), "p-0031")
    page = admin.get(f"/documents/{item['documentKey']}.html").text
    assert f"案件编号：{number}" in page
    assert admin.get("/cases/2026-999999/documents").status_code == 404


def test_every_statement_shows_what_it_rests_on_down_to_the_rule_that_fired(admin):
    rule = {"decisionId": "verdict", "version": 1, "ruleId": "verdict-0"}
    item = issue(admin, "judged", outcome={"code": "EXEMPT_SHALL", "text": "决定不予行政处罚。", "rule": rule})
    found = admin.get(f"/documents/{item['documentKey']}.json").json()
    assert all(one["sources"] for one in found["statements"])
    [outcome] = [one for one in found["statements"] if one["part"] == "outcome"]
    assert outcome["sources"] == [{"variable": "decision.outcome"}, rule]
    [party] = [one for one in found["statements"] if one["part"] == "party"]
    assert {"register": "parties", "key": "P-0001", "version": 1} in party["sources"]
    [taken] = found["decisions"]
    assert (taken["decisionId"], taken["version"], taken["ruleIds"]) == ("verdict", 1, ["verdict-0"])
    key = taken["decisionEvaluationInstanceKey"]
    assert admin.get(f"/v2/decision-instances/{key}").json()["decisionDefinitionId"] == "verdict"


def test_what_is_personal_is_masked_in_every_format_and_marked(admin):
    key = issue(admin)["documentKey"]
    answers = {name: admin.get(f"/documents/{key}.{name}") for name in FORMATS}
    assert {name: answer.headers["content-type"] for name, answer in answers.items()} == FORMATS
    texts = [answers["json"].text, answers["html"].text, text_of(answers["pdf"].content)]
    assert [clear for text in texts for clear in CLEAR if clear in text] == []
    assert all("430***11" in text for text in texts)
    assert answers["json"].json()["masked"] is True
    assert "不是正本" in texts[1]
    assert "不是正本" in texts[2]


def test_a_document_with_nothing_personal_is_shown_as_it_was_issued(admin):
    shop = {"name": "样例-便利店有限公司丙", "kind": "organisation"}
    key = start(admin, "issuing", decision=papers.decision(party=shop))
    [item] = admin.get("/documents", params={"processInstanceKey": key}).json()["items"]
    page = admin.get(f"/documents/{item['documentKey']}.html")
    assert "不是正本" not in page.text
    assert documents.hash_of(page.text) == item["sha256"]


@pytest.mark.parametrize("format", FORMATS)
def test_to_see_what_is_personal_takes_a_reason_that_stays_on_record(server: Server, admin, format: str):
    item = issue(admin)
    reason = f"送达当事人 {next(numbers)}"
    with server.client("desk", **{"on-behalf-of": "p-0031"}) as desk:
        assert desk.post(f"/documents/{item['documentKey']}/reveal", json={"format": format}).status_code == 400
        answer = desk.post(f"/documents/{item['documentKey']}/reveal", json={"reason": reason, "format": format})
    assert (answer.status_code, answer.headers["content-type"]) == (200, FORMATS[format])
    text = text_of(answer.content) if format == "pdf" else answer.text
    assert CLEAR[0] in text
    assert "不是正本" not in text
    with read(server.app.state.database) as session:
        seen = session.execute(select(Event.actor, Event.details).where(Event.tag == "document:reveal")).all()
    [(actor, details)] = [one for one in seen if one.details["reason"] == reason]
    assert (actor, details["number"], details["key"]) == ("p-0031", item["number"], item["documentKey"])


def test_a_withdrawn_document_says_so_first_and_is_not_deleted(server: Server, admin):
    item = issue(admin)
    path = f"/documents/{item['documentKey']}"
    with server.client("supervisor", **{"on-behalf-of": "p-0041"}) as supervisor:
        answer = supervisor.post(f"{path}/withdrawal", json={"reason": "行政复议决定<撤销>"})
        assert (answer.json()["withdrawnBy"], answer.json()["withdrawnWhy"]) == ("p-0041", "行政复议决定<撤销>")
        again = supervisor.post(f"{path}/withdrawal", json={"reason": "再撤"})
        assert (again.status_code, again.json()["code"]) == (409, "DOCUMENT_WITHDRAWN")
    listed = admin.get("/documents", params={"processInstanceKey": item["processInstanceKey"]}).json()["items"]
    assert listed == [answer.json()]
    full = admin.post(f"{path}/reveal", json={"reason": "归档", "format": "html"}).text
    assert "撤回：行政复议决定&lt;撤销&gt;" in full
    assert "撤回：行政复议决定<撤销>" in text_of(admin.get(f"{path}.pdf").content)
    with read(server.app.state.database) as session:
        assert runtime.verify(session) == []


def test_a_page_runs_nothing_and_a_file_is_only_saved(admin):
    hostile = {"name": "<script>alert(1)</script>", "personId": ["<img src=x onerror=alert(1)>"]}
    key = start(admin, "issuing", decision=papers.decision(party=hostile))
    [item] = admin.get("/documents", params={"processInstanceKey": key}).json()["items"]
    page, pdf = (admin.get(f"/documents/{item['documentKey']}.{name}") for name in ("html", "pdf"))
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "<script>alert(1)</script>" in text_of(pdf.content)
    for answer in (page, pdf):
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert pdf.headers["content-disposition"] == f'attachment; filename="document-{item["documentKey"]}.pdf"'


def test_what_the_font_lacks_is_named_and_the_page_is_there_all_the_same(admin):
    key = start(admin, "issuing", decision=papers.decision(party={"name": "𠮷氏"}))
    [item] = admin.get("/documents", params={"processInstanceKey": key}).json()["items"]
    answer = admin.get(f"/documents/{item['documentKey']}.pdf")
    assert (answer.status_code, answer.json()["code"]) == (422, "DOCUMENT_UNPRINTABLE")
    assert "𠮷" in answer.json()["detail"]
    assert "𠮷氏" in admin.get(f"/documents/{item['documentKey']}.html").text


@pytest.mark.parametrize("path", ["/documents/1.json", "/documents/1.html", "/documents/1.pdf"])
def test_what_is_not_there_is_404(admin, path: str):
    answer = admin.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "DOCUMENT_NOT_FOUND")


@pytest.mark.parametrize(
    "path", ["/documents", "/documents?processInstanceKey=x", "/documents/x.json", f"/documents/{10**30}.pdf"]
)
def test_what_is_no_key_is_400(admin, path: str):
    assert admin.get(path).status_code == 400


def test_an_instance_that_issued_nothing_has_no_documents(admin):
    assert admin.get("/documents", params={"processInstanceKey": "1"}).json() == {"items": []}
