"""Every page: who sees it, what it carries, both languages, and text that stays text."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from api.citizens.pages import WORDS
from api.citizens.pages import clock as citizens_clock
from api.console import PREFIX
from api.console.pages import STATIC
from api.console.pages import clock as console_clock
from api.console.words import CATALOGUES, FOLDER
from tests.api.console.conftest import Browser
from workflows.calendar import CHINA
from workflows.store import read
from workflows.store.tables import Event

if TYPE_CHECKING:
    from tests.api.conftest import Server

PAGES = ("/tasks", "/messages", "/monitor", "/cases", "/overdue", "/incidents", "/processes")
PAGES += ("/reports", "/calendar", "/spots")
TABS = ("overview", "diagram", "timeline", "materials", "decisions", "data", "waits", "audit")


def test_a_moment_of_another_year_is_shown_with_its_year():
    this = datetime.now(CHINA.zone).replace(month=3, day=2, hour=9, minute=30)
    assert console_clock(this) == "03-02 09:30"
    assert console_clock(this.replace(year=2020)) == "2020-03-02 09:30"
    assert citizens_clock(this) == "3月2日 09:30"
    assert citizens_clock(this.replace(year=2020)) == "2020年3月2日 09:30"
    assert citizens_clock(this.replace(year=2020), "en") == "2 Mar 2020 09:30"


def test_chinese_is_punctuated_as_chinese():
    half = re.compile(r"(?<=[\u3400-\u9fff）」”])[,;:?!]")
    for words in (CATALOGUES["zh"], WORDS["zh"]):
        assert [key for key, said in words.items() if half.search(said)] == []


def test_both_languages_have_the_same_words():
    assert set(CATALOGUES["zh"]) == set(CATALOGUES["en"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_word_stands_in_one_table_of_a_language(language: str):
    keys = [
        key
        for file in sorted((FOLDER / language).glob("*.json"))
        for key, _ in json.loads(file.read_text("utf-8"), object_pairs_hook=list)
    ]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("bpmn-viewer.min.js", "134280f49f2ca8bbc90797fa656177e2b787ae0a62249fe3dadb8038eb88e9db"),
        ("leaflet.js", "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a"),
        ("leaflet.css", "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6"),
    ],
)
def test_a_foreign_file_is_the_published_one(name: str, published: str):
    assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == published


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_stands_in_both_languages(server: Server, case: str, path: str, language: str):
    with Browser(server, language) as browser:
        browser.sign_in("lead")
        page = browser.page(path)
    assert page.xpath("//html/@lang") == [{"zh": "zh-CN", "en": "en"}[language]]
    assert page.xpath("//nav[@class='side']/a[@aria-current]/@href") == [f"/console{path}"]


@pytest.mark.parametrize("path", ["/login", *PAGES])
def test_every_page_keeps_to_itself(lead: Browser, path: str):
    headers = lead.get(path).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_a_page_names_no_other_host_and_runs_no_script_of_its_own(lead: Browser, case: str):
    for path in (*PAGES, "/batches", *(f"/cases/{case}?tab={tab}" for tab in TABS)):
        page = lead.page(path)
        assert [url for url in page.xpath("//@src | //link/@href | //form/@action") if "//" in url] == []
        assert page.xpath("//script[not(@src)] | //*[@onclick] | //*[@style]") == []


def test_what_a_citizen_wrote_stays_text(lead: Browser, case: str):
    for path in ("/cases", f"/cases/{case}"):
        assert "&lt;script&gt;" in lead.get(path).text
        assert "<script>alert" not in lead.get(path).text


def test_no_page_but_the_sign_in_is_for_whoever_is_signed_out(server: Server, browser: Browser):
    (mount,) = (route for route in server.app.routes if isinstance(route, Mount))
    routes = [route for route in mount.app.routes if isinstance(route, APIRoute)]
    answered = {}
    for route in routes:
        (method,) = route.methods
        path = f"{PREFIX}{re.sub(r'{[^}]+}', '1', route.path)}"
        headers = {"origin": browser.origin}
        answer = browser.http.request(method, path, headers=headers, follow_redirects=False)
        answered[f"{method} {route.path}"] = answer.headers.get("location", "").partition("?")[0]
    public = {
        "GET /wall/{key}",
        "GET /oidc",
        "GET /oidc/callback",
        "GET /login",
        "POST /login",
        "POST /logout",
        "POST /language",
    }
    assert {name for name, location in answered.items() if location != f"{PREFIX}/login"} == public - {"POST /logout"}
    assert len(answered) > len(public)


OWN_PART = {"/cases", "/monitor", "/overdue", "/reports"}  # of whoever has a seat


@pytest.mark.parametrize("path", [path for path in PAGES[2:] if path not in OWN_PART])
def test_without_a_role_only_the_own_work_is_seen(server: Server, browser: Browser, path: str):
    browser.sign_in("plain")
    refused = browser.get(path)
    assert refused.status_code == 403
    assert "text/html" in refused.headers["content-type"]
    assert f"/console{path}" not in browser.get("/tasks").text


def test_the_address_as_it_is_typed_leads_to_the_first_page(browser: Browser):
    assert browser.http.get(PREFIX).url.path == f"{PREFIX}/login"
    browser.sign_in("lead")
    assert browser.http.get(PREFIX).url.path == f"{PREFIX}/tasks"


def test_what_is_not_there_is_a_page_too(lead: Browser):
    for path in ("/nothing", "/cases/2020-000001", "/tasks/1"):
        answer = lead.get(path)
        assert answer.status_code == 404
        assert "<html" in answer.text


def test_all_matches_are_exported(lead: Browser, case: str):
    answer = lead.get("/cases.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert case in answer.text
    for nothing in ("state=closed", "from=2099-01-01", "to=2020-01-01"):
        assert case not in lead.get(f"/cases.csv?{nothing}").text
    assert lead.get("/cases?from=heute").status_code == 400


def test_the_diagram_of_a_case_says_where_its_token_stands(lead: Browser, case: str):
    (address,) = lead.page(f"/cases/{case}?tab=diagram").xpath("//@data-diagram")
    drawn = lead.http.get(address).json()
    assert "<bpmn:definitions" in drawn["xml"]
    assert [id for id, counts in drawn["elements"].items() if counts["active"]]


def test_a_reporter_is_masked_and_a_look_goes_on_record(server: Server, lead: Browser, case: str):
    assert "0738-0000001" not in lead.get(f"/cases/{case}").text
    assert lead.post(f"/cases/{case}/reveal", reason=" ").status_code == 400
    assert "0738-0000001" in lead.post(f"/cases/{case}/reveal", reason="电话回访").text
    with read(server.database) as session:
        last = session.query(Event).filter(Event.tag == "case:reveal").one()
    assert (last.actor, last.details) == ("p-0001", {"case": case, "reason": "电话回访"})


def test_a_process_says_how_many_tokens_stand_where(lead: Browser, case: str):
    (link, runs) = lead.page("/processes").xpath("//tr[.//code='case-handling']//a")
    link = link.get("href")
    running = lead.page(runs.get("href").removeprefix("/console"))
    assert len(running.xpath("//main//tbody/tr")) == int(runs.text), "what runs is a list"
    page = lead.page(link.removeprefix(PREFIX))
    (address,) = page.xpath("//@data-diagram")
    elements = lead.http.get(address).json()["elements"]
    assert sum(count["active"] for count in elements.values()) > 0
    shown = page.xpath("//tbody/tr[td[2]/a]/td[1]")
    names = {cell.text.strip() for cell in shown}
    assert {count["label"] for count in elements.values()} == {"● 1"}
    assert len(names) == len(elements)
