"""Whatever stands in an address or in a field of a form, it comes back as text, and the answer is no failure of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select
from starlette.routing import Mount

from api.citizens import create_citizens
from api.console.filters import FIELDS
from tests.api.console.conftest import city
from workflows.store import read
from workflows.store.tables import ProcessDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server
    from tests.api.console.conftest import Browser, Work

MARKUP = ("<script>planted", "<svg onload=planted")
TEXT = f"\"'>{''.join(MARKUP)} {{{{7*7}}}} \u202e\ufffe\x0b\x01"
#: A text, and numbers that no database holds: one looks smaller than it is by the zeros before it.
VALUES = (quote(TEXT, safe=""), "9" * 30, "0" * 20 + "9" * 30, "%EF%BC%91%ED%A0%80")
PREFIX = {"/console/processes/{key}": "definition", "/console/tasks/{key}": "task"}
#: What a function reads from the address itself.
READ_ELSEWHERE = {"/console/cases": tuple(FIELDS), "/console/cases.{form}": tuple(FIELDS)}
STREAMS = {"/console/live", "/console/wall/live"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with city(tmp_path_factory.mktemp("hostile"), "sqlite") as started:
        yield started


def routes(server: Server, method: str) -> list[tuple[str, APIRoute]]:
    (console,) = (one for one in server.app.routes if isinstance(one, Mount))
    both = ((console.path, console.app), ("", create_citizens(server.app.state)))
    found = [(prefix + one.path, one) for prefix, app in both for one in app.routes if isinstance(one, APIRoute)]  # type: ignore[attr-defined]
    return [(path, one) for path, one in found if method in one.methods and path not in STREAMS]


def asked(of: Any, kind: str) -> set[str]:
    """The names of the parameters of a route and of all that it depends on."""
    names = {one.alias for one in getattr(of, kind)}
    return names.union(*(asked(one, kind) for one in of.dependencies))


def facts(server: Server, case: str, work: Work) -> dict[str, str]:
    with read(server.database) as session:
        process = select(ProcessDefinition.key).where(ProcessDefinition.process_id == "case-handling")
        definition = session.scalars(process).first()
    known = {"number": case, "scope": str(work.key), "verb": "void", "form": "csv", "task": str(work.key)}
    return {"definition": str(definition)} | known


def address(path: str, known: dict[str, str], **said: str) -> str:
    key = next((known[of] for start, of in PREFIX.items() if path.startswith(start)), "1")
    names = re.findall(r"{(\w+)}", path)
    return path.format_map(dict.fromkeys(names, "x") | {"key": key} | known | said)


def wrong(answer: Any) -> bool:
    return answer.status_code >= 500 or any(one in answer.text for one in MARKUP)


@pytest.mark.slow
def test_an_address_says_nothing_but_text(server: Server, lead: Browser, case: str, work: Work):
    lead.http.follow_redirects = False
    known, found = facts(server, case, work), []
    for path, route in routes(server, "GET"):
        names = {"done", *asked(route.dependant, "query_params"), *READ_ELSEWHERE.get(path, ())}
        addresses = [f"{address(path, known)}?{name}={value}" for name in sorted(names) for value in VALUES]
        parts = re.findall(r"{(\w+)}", path)
        addresses += [address(path, known, **{part: value}) for part in parts for value in VALUES]
        found += [(one, got.status_code) for one in addresses if wrong(got := lead.http.get(one))]
    assert found == []


@pytest.mark.slow
def test_a_field_of_a_form_takes_text_or_says_no(server: Server, lead: Browser, case: str, work: Work):
    lead.http.follow_redirects = False
    headers = {"origin": lead.origin, "content-type": "application/x-www-form-urlencoded"}
    known, found = facts(server, case, work), []
    for path, route in routes(server, "POST"):
        if path == "/console/logout":
            continue
        names = asked(route.dependant, "body_params") or {"name", "text"}
        for name in sorted(names):
            for value in (*VALUES, "%00", "a%00b"):
                others = urlencode(dict.fromkeys(names - {name}, "1"))
                content = f"{name}={value}&{others}".encode()
                got = lead.http.post(address(path, known), content=content, headers=headers)
                found += [(path, name, value, got.status_code)] if wrong(got) else []
    assert found == []


@pytest.mark.parametrize(
    "headers",
    [
        {"host": '"><script>planted', "x-forwarded-host": "example.org"},
        {"x-forwarded-host": "example.org", "x-forwarded-proto": "javascript", "x-forwarded-prefix": "//example.org"},
        {"accept-language": '"><script>planted;q=9,zh-' + "x" * 3000},
        {"referer": "javascript:alert(1)", "user-agent": "<svg onload=planted>"},
        {"cookie": "bihuan_language=\"><script>planted; bihuan_session=%00'"},
        {"forwarded": "host=example.org", "x-original-url": "/console/incidents", "x-rewrite-url": "//example.org"},
    ],
)
def test_a_header_leads_nowhere_and_is_not_shown(server: Server, browser: Browser, headers: dict[str, str]):
    browser.http.follow_redirects = False
    for path in (
        "/console/login",
        "/console/cases",
        "/console/nothing",
        "/",
        "/q",
        "/r/NOBODYS",
        "/docs",
        "/v2/nothing",
    ):
        answer = browser.http.get(path, headers=headers)
        assert not wrong(answer), path
        assert "example.org" not in answer.text + answer.headers.get("location", ""), path
