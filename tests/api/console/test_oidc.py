"""Signing in by an OpenID provider: a real one on a port of its own, whose every lie is found out."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from lxml import html
from pydantic import ValidationError
from sqlalchemy import select, update

from api.console.words import CATALOGUES
from api.settings import Settings
from tests.api.conftest import running
from tests.api.console.conftest import PASSWORD, Browser, city
from tests.support.openid import CLIENT, SECRET, Provider
from workflows.runtime import staff
from workflows.store import read, transaction
from workflows.store.tables import Event, Person, StaffAccount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.api.conftest import Server

WORDS = CATALOGUES["zh"]
MARKUP = "<img src=x onerror=planted>"
ISSUER = {"oidc_issuer": "https://login.example", "oidc_client_id": CLIENT, "public_url": "https://city.example"}


@contextmanager
def with_provider(folder: Path, *, host: str = "127.0.0.1", **settings: object) -> Iterator[tuple[Server, Provider]]:
    """Under another name of this machine it is another site to a browser."""
    provider = Provider()
    with running(provider.app()) as address:
        provider.url = issuer = address.replace("127.0.0.1", host)
        chosen = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        with city(folder, "sqlite", public_url="http://not-known-yet", **chosen, **settings) as started:
            started.app.state.settings.public_url = started.url
            provider.redirects = {f"{started.url}/console/oidc/callback"}
            yield started, provider


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Provider]]:
    with with_provider(tmp_path_factory.mktemp("oidc")) as started:
        yield started


@pytest.fixture
def server(both: tuple[Server, Provider]) -> Server:
    return both[0]


@pytest.fixture
def provider(both: tuple[Server, Provider]) -> Iterator[Provider]:
    server, provider = both
    server.app.state.provider._announced = None
    yield provider
    provider.reset()


def way_back(browser: Browser, user: str = "lead", next: str = "/incidents", **more: str) -> str:
    """To the provider and its answer: the address to which it sends the browser."""
    asked = browser.get("/oidc?" + urlencode({"next": next, **more}))
    assert asked.url.path == "/authorize", asked.text
    answer = browser.http.post(str(asked.url), data={"user": user}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come(browser: Browser, user: str = "lead", **more: str) -> httpx.Response:
    return browser.http.get(way_back(browser, user, **more))


def refused(answer: httpx.Response, reason: str, status: int) -> bool:
    """Said in plain words, with nobody signed in."""
    said = html.fromstring(answer.text).xpath("string(//p[@role='alert'])")
    expected = WORDS[f"oidc.refused.{reason}"].split("{", maxsplit=1)[0]
    nobody = "bihuan_session" not in answer.headers.get("set-cookie", "")
    return (answer.status_code, said[: len(expected)], nobody) == (status, expected, True)


def events(server: Server, tag: str) -> list[dict[str, str]]:
    with read(server.database) as session:
        return list(session.scalars(select(Event.details).where(Event.tag == tag).order_by(Event.seq)))


def test_who_is_signed_out_comes_by_the_provider_to_the_page_that_was_asked_for(
    server: Server, provider: Provider, browser: Browser
):
    page = html.fromstring(browser.get("/incidents").text)
    (link,) = page.xpath("//a[contains(@class, 'provider')]/@href")
    assert link == f"{server.url}/console/oidc?next=%2Fincidents"
    asked = browser.http.get(link)
    answer = browser.http.post(str(asked.url), data={"user": "lead"})
    assert answer.url == f"{server.url}/console/incidents"
    assert events(server, "account:sign-in")[-1] == {"account": "lead", "provider": provider.url}


def test_the_way_there_has_state_nonce_and_challenge_of_its_own_each_time(provider: Provider, browser: Browser):
    first, second = (parse_qs(urlsplit(str(browser.get("/oidc").url)).query) for _ in range(2))
    assert first["scope"] == ["openid profile"]
    assert first["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]


def test_the_cookie_of_the_way_is_for_the_way_back_alone_and_goes_with_it(provider: Provider, browser: Browser):
    answer = browser.http.get("/console/oidc", follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/console/oidc/callback", "max-age=600"))
    come(browser)
    assert "bihuan_oidc" not in browser.http.cookies


@pytest.mark.parametrize("next", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(server: Server, provider: Provider, browser: Browser, next: str):
    assert come(browser, next=next).url == f"{server.url}/console/tasks"


def test_a_forged_state_is_refused_before_the_provider_is_asked(provider: Provider, browser: Browser):
    back = way_back(browser)
    provider.requests.clear()
    state = parse_qs(urlsplit(back).query)["state"][0]
    answer = browser.http.get(back.replace(state, state[:-1] + ("A" if state[-1] != "A" else "B")))
    assert refused(answer, "state", 400)
    assert provider.requests == []


@pytest.mark.parametrize("cookie", ["", "forged", "oidc-e30.9999999999." + "0" * 64, "photo"])
def test_without_the_signed_cookie_of_the_way_nobody_comes_back(
    server: Server, provider: Provider, browser: Browser, cookie: str
):
    """So nobody can be signed in with the account of someone else by a link."""
    back = way_back(browser)
    if cookie == "photo":
        cookie = server.app.state.keyring.ticket("photo-1", 60)
    with Browser(server) as other:
        assert refused(other.http.get(back, headers={"cookie": f"bihuan_oidc={cookie}"}), "state", 400)


def test_a_way_that_took_too_long_is_refused(
    server: Server, provider: Provider, browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    back = way_back(browser)
    late = time.time() + 601
    monkeypatch.setattr("api.auth.time.time", lambda: late)
    assert refused(browser.http.get(back), "state", 400)


def test_an_answer_counts_once(provider: Provider, browser: Browser):
    """The cookie is spent with it; and where it was kept, the provider does not take the code again."""
    back = way_back(browser)
    kept = next(one for one in browser.http.cookies.jar if one.name == "bihuan_oidc")
    assert browser.http.get(back).url.path == "/console/incidents"
    assert refused(browser.http.get(back), "state", 400)
    browser.http.cookies.jar.set_cookie(kept)
    assert refused(browser.http.get(back), "code", 400)


def test_a_code_of_another_way_is_refused(server: Server, provider: Provider, browser: Browser):
    """Injected: the verifier does not fit it."""
    with Browser(server) as thief:
        stolen = parse_qs(urlsplit(way_back(browser)).query)["code"][0]
        mine = way_back(thief, "plain")
        answer = thief.http.get(mine.replace(parse_qs(urlsplit(mine).query)["code"][0], stolen))
    assert refused(answer, "code", 400)


NOW = int(time.time())
LIES = {
    "another issuer": ({"iss": "https://login.example"}, "token"),
    "another client": ({"aud": "another"}, "token"),
    "no audience": ({"aud": []}, "token"),
    "made for another among several": ({"aud": [CLIENT, "another"], "azp": "another"}, "token"),
    "several and none of them named": ({"aud": [CLIENT, "another"]}, "token"),
    "made for another": ({"azp": "another"}, "token"),
    "another nonce": ({"nonce": "another"}, "token"),
    "no nonce": ({"nonce": None}, "token"),
    "no subject": ({"sub": None}, "token"),
    "over": ({"exp": NOW - 3600}, "clock"),
    "without end": ({"exp": None}, "clock"),
    "an end that is no number": ({"exp": "tomorrow"}, "clock"),
    "from tomorrow": ({"iat": NOW + 86400, "exp": NOW + 90000}, "clock"),
    "not before tomorrow": ({"nbf": NOW + 86400}, "clock"),
    "an audience that is a map": ({"aud": {CLIENT: True}}, "token"),
    "a subject that is a list": ({"sub": ["lead"]}, "token"),
    "a nonce that is a list": ({"nonce": ["x"]}, "token"),
    "an issuer that is a list": ({"iss": ["x"]}, "token"),
    "a beginning that is a list": ({"iat": [NOW]}, "clock"),
    "a megabyte": ({"name": "x" * 1_000_000}, "token"),
    "an account that is a map": ({"preferred_username": {"lead": 1}}, "claim"),
    "an account that is written backwards": ({"preferred_username": "\u202edael"}, "claim"),
    "no account": ({"preferred_username": None}, "claim"),
    "an empty account": ({"preferred_username": ""}, "claim"),
    "several accounts": ({"preferred_username": ["lead"]}, "claim"),
    "an account of control characters": ({"preferred_username": "lead\x00"}, "claim"),
    "an account without end": ({"preferred_username": "x" * 201}, "claim"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_says_something_wrong_is_refused(provider: Provider, browser: Browser, lie: str):
    provider.claims, reason = LIES[lie]
    assert refused(come(browser), reason, 502)
    assert browser.get("/tasks").url.path == "/console/login"


@pytest.mark.parametrize(
    "sign",
    [
        "with_a_foreign_key",
        "with_the_public_key_as_a_secret",
        "with_the_secret_of_the_client",
        "unsigned",
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(provider: Provider, browser: Browser, sign: str):
    provider.sign = getattr(provider, sign)
    assert refused(come(browser), "token", 502)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "null.null.null", "é", "e30.e30.e30"])
def test_what_is_no_token_is_refused(provider: Provider, browser: Browser, token: str):
    provider.sign = lambda _: token
    assert refused(come(browser), "token", 502)


@pytest.mark.parametrize("payload", [b"[" * 60_000, b"[]", b"5", b"\xff", b"{"])
def test_what_is_signed_and_names_nobody_is_refused(provider: Provider, browser: Browser, payload: bytes):
    head = {"alg": "RS256", "kid": provider.key.kid}
    provider.sign = lambda _: jws.serialize_compact(head, payload, provider.key)
    assert refused(come(browser), "token", 502)


def test_what_a_token_says_beside_the_account_is_kept_nowhere(server: Server, provider: Provider, browser: Browser):
    said = {"name": MARKUP, "email": [MARKUP], "groups": {MARKUP: [MARKUP]}, "unit": MARKUP, "given_name": 7}
    provider.claims = said
    answer = come(browser)
    assert answer.status_code == 200
    assert MARKUP not in answer.text
    with read(server.database) as session:
        kept = [
            row for table in (Event, StaffAccount, Person) for row in session.execute(select(*table.__table__.columns))
        ]
    assert not any("onerror" in str(value) for row in kept for value in row)


@pytest.mark.parametrize("several", [CLIENT, [CLIENT], [CLIENT, "another"]])
def test_a_token_for_several_that_names_us_is_taken(provider: Provider, browser: Browser, several: object):
    provider.claims = {"aud": several, "azp": CLIENT}
    assert come(browser).url.path == "/console/incidents"


@pytest.mark.parametrize("seconds", [-45, 45])
def test_clocks_may_differ_a_little(provider: Provider, browser: Browser, seconds: int):
    there = int(time.time()) + seconds
    provider.claims = {"iat": there, "nbf": there, "exp": there + 10}
    assert come(browser).url.path == "/console/incidents"


def test_keys_and_announcements_are_read_once_and_again_when_a_new_key_signs(
    server: Server, provider: Provider, browser: Browser
):
    for _ in range(3):
        assert come(browser).url.path == "/console/incidents"
    assert provider.requests.count("jwks") == 1
    assert provider.requests.count("openid-configuration") == 1
    provider.rotate(ECKey)
    assert come(browser).url.path == "/console/incidents"
    assert provider.requests.count("jwks") == 2


@pytest.mark.parametrize("part", ["openid-configuration", "jwks"])
def test_while_the_provider_is_away_the_page_says_so_and_passwords_go_on(
    provider: Provider, browser: Browser, part: str
):
    provider.down = {part}
    assert refused(browser.get("/oidc"), "away", 503)
    assert browser.sign_in("lead").url.path == "/console/tasks"
    provider.down = set()
    assert come(browser).url.path == "/console/incidents"


def test_a_provider_that_goes_away_half_way_is_away(provider: Provider, browser: Browser):
    back = way_back(browser)
    provider.down = {"token"}
    assert refused(browser.http.get(back), "away", 503)


def test_where_nobody_listens_the_provider_is_away(server: Server, provider: Provider, browser: Browser):
    server.app.state.provider.issuer = "http://127.0.0.1:1"
    try:
        assert refused(browser.get("/oidc"), "away", 503)
    finally:
        server.app.state.provider.issuer = provider.url


@pytest.mark.parametrize(
    "announced",
    [
        {"issuer": "https://login.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "/authorize"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": ["http://127.0.0.1/"]},
        {"end_session_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_announces_nonsense_is_none(provider: Provider, browser: Browser, announced: dict[str, object]):
    provider.announced = announced
    answer = browser.http.get("/console/oidc", follow_redirects=False)
    assert refused(answer, "away", 503)
    assert "location" not in answer.headers


def test_an_encrypted_issuer_cannot_lead_to_what_is_not(server: Server):
    known = server.app.state.provider
    issuer, known.issuer = known.issuer, "https://login.example"
    try:
        with pytest.raises(Exception, match="token_endpoint"):
            known._require_address({"token_endpoint": "http://login.example/token"}, "token_endpoint")
    finally:
        known.issuer = issuer


@pytest.mark.parametrize("answered", [{"error": "access_denied", "code": ""}, {"code": ""}])
def test_who_is_declined_there_is_told_so(provider: Provider, browser: Browser, answered: dict[str, str]):
    provider.answered = answered
    assert refused(come(browser), "declined", 403)


def test_what_is_said_at_the_door_cannot_write_lines_of_the_log(
    provider: Provider, browser: Browser, caplog: pytest.LogCaptureFixture
):
    provider.answered = {"error": "denied\nroot signed in\x1b[2J" + "x" * 500}
    answer = come(browser)
    assert refused(answer, "declined", 403)
    (said,) = [one.getMessage() for one in caplog.records if one.name.startswith("api.console.oidc")]
    assert said.splitlines() == [said]
    assert len(said) < 120


def test_an_answer_in_the_name_of_another_provider_is_refused_before_its_code_is_used(
    provider: Provider, browser: Browser
):
    provider.answered = {"iss": "https://login.example"}
    back = way_back(browser)
    provider.requests.clear()
    assert refused(browser.http.get(back), "token", 502)
    assert "token" not in provider.requests


def test_a_client_that_the_provider_does_not_know_is_said(server: Server, provider: Provider, browser: Browser):
    known = server.app.state.provider
    secret, known._secret = known._secret, "wrong"
    try:
        assert refused(come(browser), "client", 502)
    finally:
        known._secret = secret


@pytest.mark.parametrize("user", ["nobody", "Lead", "lead ", "<b>x</b>", "样例", "gone"])
def test_who_has_no_account_here_is_told_so_and_it_is_on_record(
    server: Server, provider: Provider, browser: Browser, user: str
):
    """Nobody registers by coming; and nobody is taken for someone whose name is only like theirs."""
    with transaction(server.database) as session:
        if session.get(StaffAccount, "gone") is None:
            staff.create_account(session, "gone", None, person="p-0003", roles=[], actor="tests")
            staff.disable_account(session, "gone", actor="tests")
    reason = "disabled" if user == "gone" else "unknown"
    answer = come(browser, user)
    assert answer.status_code == 403
    said = html.fromstring(answer.text).xpath("string(//p[@role='alert'])")
    assert said == WORDS[f"oidc.refused.{reason}"].format(account=user, claim="")
    assert events(server, "account:refuse")[-1] == {"account": user, "provider": provider.url, "reason": reason}
    (other,) = html.fromstring(answer.text).xpath("//a[contains(@href, 'other=')]/@href")
    asked = browser.http.get(f"{server.url}{other}")
    assert "prompt=login" in str(asked.url)


def test_a_lock_counts_for_the_provider_as_well(server: Server, provider: Provider, browser: Browser):
    with transaction(server.database) as session:
        staff.create_account(session, "guessed", PASSWORD, person="p-0004", roles=[], actor="tests")
    for _ in range(staff.FREE_FAILURES):
        browser.sign_in("guessed", "wrong password")
    assert refused(come(browser, "guessed"), "locked", 403)
    assert events(server, "account:refuse")[-1]["reason"] == "locked"
    with transaction(server.database) as session:
        session.execute(update(StaffAccount).values(locked_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert come(browser, "guessed").url.path == "/console/incidents"


def test_signing_in_by_the_provider_ends_the_session_before(provider: Provider, browser: Browser):
    browser.sign_in("plain")
    old = browser.http.cookies.get("bihuan_session")
    come(browser)
    browser.http.cookies.clear()
    stale = browser.http.get("/console/tasks", headers={"cookie": f"bihuan_session={old}"}, follow_redirects=False)
    assert stale.status_code == 303


def test_who_came_by_the_provider_is_signed_out_there_as_well(server: Server, provider: Provider, browser: Browser):
    come(browser)
    page = html.fromstring(browser.post("/logout").text)
    (there,) = page.xpath("//a[contains(@class, 'main')]/@href")
    (refresh,) = page.xpath("//meta[@http-equiv='refresh']/@content")
    assert refresh == f"0; url={there}"
    assert browser.http.get(there).url == f"{server.url}/console/login"
    (ended,) = provider.ended
    assert server.app.state.provider.claims(ended["id_token_hint"])["preferred_username"] == "lead"
    assert browser.get("/tasks").url.path == "/console/login"
    assert browser.post("/logout").url.path == "/console/login", "the hint is spent"


@pytest.mark.parametrize("without", ["announcement", "provider"])
def test_where_the_provider_cannot_end_a_session_ours_ends_all_the_same(
    server: Server, provider: Provider, browser: Browser, without: str
):
    provider.announced = {"end_session_endpoint": None} if without == "announcement" else {}
    come(browser)
    if without == "provider":
        server.app.state.provider._announced = None
        provider.down = {"openid-configuration"}
    assert browser.post("/logout").url.path == "/console/login"
    assert browser.get("/tasks").url.path == "/console/login"


def test_who_signed_in_with_a_password_is_not_sent_to_the_provider(provider: Provider, browser: Browser):
    browser.sign_in("lead")
    assert browser.post("/logout").url.path == "/console/login"
    assert provider.ended == []


def test_without_passwords_there_is_one_way_in(tmp_path: Path):
    with (
        with_provider(tmp_path, password_sign_in=False, oidc_name="娄底市统一认证") as (server, _),
        Browser(server) as browser,
    ):
        page = browser.page("/login")
        assert page.xpath("//input[@type='password']") == []
        assert "娄底市统一认证" in page.xpath("string(//a[contains(@class, 'provider')])")
        answer = browser.sign_in("lead")
        assert answer.status_code == 403
        assert "PASSWORDS_OFF" in answer.text
        assert come(browser).url.path == "/console/incidents"


def test_without_a_provider_its_addresses_are_nobodys(tmp_path: Path):
    with city(tmp_path, "sqlite") as server, Browser(server) as browser:
        assert browser.page("/login").xpath("//a[contains(@class, 'provider')]") == []
        assert browser.get("/oidc").status_code == 404
        assert browser.get("/oidc/callback?code=x&state=y").status_code == 404


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"password_sign_in": False}, "nobody could sign in"),
        (ISSUER | {"oidc_client_id": ""}, "BIHUAN_OIDC_CLIENT_ID"),
        (ISSUER | {"public_url": ""}, "BIHUAN_PUBLIC_URL"),
        (ISSUER | {"oidc_issuer": "login.example"}, "oidc_issuer"),
        (ISSUER | {"oidc_issuer": "https://user@login.example"}, "oidc_issuer"),
        (ISSUER | {"oidc_scopes": "profile"}, "oidc_scopes"),
        (ISSUER | {"oidc_claim": ""}, "oidc_claim"),
    ],
)
def test_what_cannot_work_does_not_start(settings: dict[str, object], said: str):
    with pytest.raises(ValidationError, match=said) as error:
        Settings.model_validate(settings | {"oidc_client_secret": "not-to-be-seen"})
    assert "not-to-be-seen" not in str(error.value)
    Settings.model_validate(ISSUER | {"password_sign_in": False})
