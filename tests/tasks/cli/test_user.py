"""`bihuan user`: accounts of people who are in the organisation."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tasks.cli import app
from workflows.runtime import staff
from workflows.store import read, transaction
from workflows.store.tables import Event, Person, StaffAccount

PASSWORD = "correct horse battery\n"  # noqa: S105


@pytest.fixture
def bihuan(database, url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("BIHUAN_DATA", str(tmp_path))
    with transaction(database) as session:
        session.add(Person(id="p-0001", name="样例-受理一"))
    return lambda *arguments, typed=PASSWORD: CliRunner().invoke(app, ["user", *arguments], input=typed)


def sign_in(session, password=PASSWORD):
    return staff.sign_in(session, staff.prove(session, "lead", password.strip()))


def add(bihuan, **typed):
    return bihuan("add", "lead", "--person", "p-0001", "--role", "supervisor", "--password-stdin", **typed)


def test_an_account_is_added_listed_and_signs_in(bihuan, database):
    assert add(bihuan).exit_code == 0
    assert bihuan("list").output.split() == ["lead", "p-0001", "样例-受理一", "supervisor"]
    with transaction(database) as session:
        assert sign_in(session)
        hash = session.get(StaffAccount, "lead").password_hash
    assert hash.startswith("$argon2id$")
    with read(database) as session:
        assert PASSWORD.strip() not in str([event.details for event in session.query(Event)])


def test_the_password_is_asked_for_twice(bihuan):
    asked = ["add", "lead", "--person", "p-0001"]
    assert bihuan(*asked, typed=PASSWORD + "another one\n").exit_code != 0
    assert bihuan(*asked, typed=PASSWORD * 2).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "typed", "code"),
    [
        (["add", "lead", "--person", "p-9999"], PASSWORD, "NOT_FOUND"),
        (["add", "Lead!", "--person", "p-0001"], PASSWORD, "BAD_ACCOUNT_ID"),
        (["add", "lead", "--person", "p-0001"], "short\n", "WEAK_PASSWORD"),
        (["passwd", "nobody"], PASSWORD, "NOT_FOUND"),
    ],
)
def test_what_is_wrong_is_said(bihuan, arguments, typed, code):
    refused = bihuan(*arguments, "--password-stdin", typed=typed)
    assert refused.exit_code == 1
    assert code in refused.stderr


def test_without_a_password_only_a_provider_lets_someone_in(bihuan, database):
    assert bihuan("add", "lead", "--person", "p-0001", "--no-password", typed="").exit_code == 0
    with transaction(database) as session:
        assert sign_in(session, "") is None
        token, reason = staff.admit(session, "lead", provider="https://login.example")
        assert reason == ""
        account, person, _ = staff.signed_in(session, token)
    assert (account.id, person.id) == ("lead", "p-0001")


@pytest.mark.parametrize(("id", "reason"), [("nobody", "unknown"), ("lead", "disabled"), ("<样例>", "unknown")])
def test_whom_a_provider_vouches_for_in_vain_is_on_record(bihuan, database, id, reason):
    add(bihuan)
    bihuan("disable", "lead")
    with transaction(database) as session:
        assert staff.admit(session, id, provider="https://login.example") == ("", reason)
    with read(database) as session:
        (event,) = session.query(Event).filter_by(tag="account:refuse")
    assert event.details == {"account": id, "provider": "https://login.example", "reason": reason}


def test_an_account_is_added_once(bihuan):
    add(bihuan)
    assert "ACCOUNT_EXISTS" in add(bihuan).stderr


def test_a_new_password_ends_the_lock_and_the_old_password(bihuan, database):
    add(bihuan)
    with transaction(database) as session:
        for _ in range(staff.FREE_FAILURES):
            sign_in(session, "wrong")
    assert "locked" in bihuan("list").output
    assert bihuan("passwd", "lead", "--password-stdin", typed="another long one\n").exit_code == 0
    with transaction(database) as session:
        assert sign_in(session) is None
        assert sign_in(session, "another long one")


def test_a_disabled_account_is_out(bihuan, database):
    add(bihuan)
    with transaction(database) as session:
        token = sign_in(session)
    bihuan("disable", "lead")
    assert "disabled" in bihuan("list").output
    with transaction(database) as session:
        assert staff.signed_in(session, token) is None
        assert sign_in(session) is None
