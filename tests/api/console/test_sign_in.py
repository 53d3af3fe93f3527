"""Signing in to the console: one answer to every failure, sessions that end, forms of our own pages only."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from tests.api.console.conftest import PASSWORD, Browser
from workflows.runtime import staff
from workflows.store import read, transaction
from workflows.store.tables import StaffAccount, StaffSession

if TYPE_CHECKING:
    from tests.api.conftest import Server


def account_of(server: Server, id: str) -> StaffAccount:
    with read(server.database) as session:
        return session.scalars(select(StaffAccount).where(StaffAccount.id == id)).one()


def test_who_is_signed_out_comes_to_the_sign_in_and_back_to_the_page(browser: Browser):
    asked = browser.get("/incidents")
    assert asked.url.path == "/console/login"
    answer = browser.post("/login", account="lead", password=PASSWORD, next="/incidents")
    assert answer.url.path == "/console/incidents"


@pytest.mark.parametrize("next", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(browser: Browser, next: str):
    answer = browser.post("/login", account="lead", password=PASSWORD, next=next)
    assert str(answer.url) == f"{browser.origin}/console/tasks"


def test_every_failure_is_answered_alike(server: Server, browser: Browser):
    with transaction(server.database) as session:
        staff.create_account(session, "closed", PASSWORD, person="p-0003", roles=[], actor="tests")
        staff.disable_account(session, "closed", actor="tests")
    said = {
        browser.sign_in(account, password).text
        for account, password in (
            ("nobody", "x" * 12),
            ("plain", "wrong password"),
            ("closed", PASSWORD),
            ("A'--", "x"),
        )
    }
    assert len(said) == 1
    assert browser.sign_in("nobody").status_code == 401


def test_after_five_failures_the_right_password_does_not_help_until_the_lock_is_over(server: Server, browser: Browser):
    with transaction(server.database) as session:
        staff.create_account(session, "guessed", PASSWORD, person="p-0004", roles=[], actor="tests")
    for _ in range(staff.FREE_FAILURES):
        browser.sign_in("guessed", "wrong password")
    assert browser.sign_in("guessed").status_code == 401
    with transaction(server.database) as session:
        session.execute(update(StaffAccount).values(locked_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert browser.sign_in("guessed").status_code == 200
    assert account_of(server, "guessed").failures == 0


def test_the_cookie_is_for_the_console_alone_and_not_for_scripts(server: Server, browser: Browser):
    answer = browser.http.post(
        "/console/login",
        data={"account": "lead", "password": PASSWORD},
        headers={"origin": browser.origin},
        follow_redirects=False,
    )
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/console"))
    token = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    with read(server.database) as session:
        assert token not in set(session.scalars(select(StaffSession.hash)))


def test_a_new_sign_in_ends_the_session_before(browser: Browser):
    browser.sign_in("lead")
    old = browser.http.cookies.get("bihuan_session")
    browser.sign_in("lead")
    stale = browser.http.get("/console/tasks", headers={"cookie": f"bihuan_session={old}"}, follow_redirects=False)
    assert browser.http.cookies.get("bihuan_session") != old
    assert browser.get("/tasks").url.path == "/console/tasks"
    browser.http.cookies.clear()
    stale = browser.http.get("/console/tasks", headers={"cookie": f"bihuan_session={old}"}, follow_redirects=False)
    assert stale.status_code == 303


@pytest.mark.parametrize("end", ["sign-out", "time", "password", "disabled"])
def test_a_session_ends(server: Server, browser: Browser, end: str):
    id = f"ends-{end}"
    with transaction(server.database) as session:
        staff.create_account(session, id, PASSWORD, person="p-0005", roles=[], actor="tests")
    browser.sign_in(id)
    assert browser.get("/tasks").url.path == "/console/tasks"
    if end == "sign-out":
        browser.post("/logout")
    with transaction(server.database) as session:
        if end == "time":
            over = update(StaffSession).where(StaffSession.account_id == id)
            session.execute(over.values(expires=datetime.now(UTC) - timedelta(seconds=1)))
        elif end == "password":
            staff.set_password(session, id, "another long one", actor="tests")
        elif end == "disabled":
            staff.disable_account(session, id, actor="tests")
    assert browser.get("/tasks").url.path == "/console/login"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://example.org"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_forms_of_other_sites_are_refused(lead: Browser, headers: dict[str, str]):
    assert lead.http.post("/console/logout", headers=headers).status_code == 403
    assert lead.get("/tasks").url.path == "/console/tasks"


@pytest.mark.parametrize("password", ["short", "x" * 201, "my-name-is-weak"])
def test_weak_passwords_are_refused(server: Server, password: str):
    with pytest.raises(staff.WeakPassword), transaction(server.database) as session:
        staff.create_account(session, "weak", password, person="p-0003", roles=[], actor="tests")


def test_whoever_writes_does_not_wait_for_a_password_to_be_checked(server: Server, monkeypatch: pytest.MonkeyPatch):
    """The check is slow by design; it must not hold the one writer of SQLite meanwhile."""
    checking, go_on = threading.Event(), threading.Event()
    verified = staff._verified

    def slowly(hash: str, password: str) -> bool:
        checking.set()
        assert go_on.wait(30)
        return verified(hash, password)

    monkeypatch.setattr(staff, "_verified", slowly)
    with Browser(server) as browser, Browser(server) as other:
        signing_in = threading.Thread(target=browser.sign_in, args=("lead",))
        signing_in.start()
        assert checking.wait(30)
        assert other.post("/logout").status_code == 200, "a command, which needs the writer"
        go_on.set()
        signing_in.join()
        assert browser.get("/tasks").url.path == "/console/tasks"


@pytest.mark.parametrize(
    ("before", "back"),
    [
        ("/console/cases?open=true", "/cases%3Fopen%3Dtrue"),
        ("/console/tasks/1/complete", ""),
        ("/cases", ""),
        ("//elsewhere.example/console/cases", ""),
    ],
)
def test_a_form_of_a_session_that_has_ended_leads_back_to_its_page(browser: Browser, before: str, back: str):
    address = f"http:{before}" if before.startswith("//") else f"{browser.origin}{before}"
    headers = {"origin": browser.origin, "referer": address}
    answer = browser.http.post("/console/messages/read", headers=headers, follow_redirects=False)
    assert answer.headers["location"] == f"/console/login?next={back}"
