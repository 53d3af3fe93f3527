"""The commands, run in this process on a database in a file."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from tasks.cli import app
from tests.support import diagrams as d
from workflows.runtime.access import is_secret
from workflows.store import read, transaction
from workflows.store.tables import ApiClient, Escalation, ProcessInstance

RIGHT = d.bpmn(d.start(), d.user("ask"), d.end(), flows="start>ask; ask>end", process_id="asking")
WRONG = d.bpmn(d.start(), d.xor("ask"), flows="start>ask", process_id="asking")


@pytest.fixture
def bihuan(database, url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("BIHUAN_DATA", str(tmp_path))
    monkeypatch.setenv("BIHUAN_PORT", "9")  # nobody listens there
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_deploy_says_what_a_file_has_become(bihuan, tmp_path):
    (tmp_path / "asking.bpmn").write_bytes(RIGHT)
    result = bihuan("deploy", str(tmp_path / "asking.bpmn"))
    assert result.exit_code == 0, result.output
    assert "asking v1" in result.output


def test_deploy_takes_the_whole_pack(bihuan):
    result = bihuan("deploy", "bpmn/case-handling")
    assert result.exit_code == 0, result.output
    assert "case-handling v1" in result.output
    assert "7 forms" in result.output


def test_what_cannot_run_is_refused_with_element_and_reason(bihuan, tmp_path):
    (tmp_path / "asking.bpmn").write_bytes(WRONG)
    result = bihuan("deploy", str(tmp_path / "asking.bpmn"))
    assert result.exit_code == 1
    assert "DEPLOYMENT_REFUSED" in result.stderr
    assert "outgoing-missing" in result.stderr
    assert "elementId: ask" in result.stderr


def test_a_warning_is_told_in_words(bihuan, tmp_path):
    seat = "<zeebe:assignmentDefinition candidateGroups='nobody@nowhere' />"
    drawn = d.bpmn(d.start(), d.user("ask", seat), d.end(), flows="start>ask; ask>end", process_id="asking")
    (tmp_path / "asking.bpmn").write_bytes(drawn)
    assert bihuan("deploy", "bpmn/loudi").exit_code == 0
    result = bihuan("deploy", str(tmp_path / "asking.bpmn"))
    assert result.exit_code == 0, result.output
    [warning] = [line for line in result.output.splitlines() if "group-unknown" in line]
    assert warning.startswith("  resource: asking.bpmn · elementId: ask · ")
    assert "{" not in warning


def test_verify_is_clean_after_work(bihuan, start):
    start("clocked")
    result = bihuan("verify")
    assert result.exit_code == 0, result.output
    assert "clean" in result.output


def test_verify_names_what_is_broken(bihuan, start, database):
    instance = start("clocked")
    with transaction(database) as session:
        session.execute(update(ProcessInstance).where(ProcessInstance.key == instance).values(revision=7))
    result = bihuan("verify")
    assert result.exit_code == 1
    assert str(instance) in result.stderr


def test_tick_prints_what_it_has_fired(bihuan, start, move, database):
    instance = start("clocked")
    move(8)
    first, second = bihuan("tick"), bihuan("tick")
    assert (
        f"督办 · 案件 {instance} · 处置 · 第1级 · 迟 1 小时 → handler@fire:即将到期(时限 2026-03-02 19:00)"
        in first.output
    )
    assert "0 timers fired, 1 escalations" in first.output
    assert "0 timers fired, 0 escalations" in second.output
    with read(database) as session:
        assert session.scalars(select(Escalation.announced)).all() == [None], "its run in Prefect is still to come"


def test_a_client_is_added_and_listed_without_its_secret(bihuan):
    secret = bihuan("client", "add", "maps", "--role", "viewer", "--name", "地图").output.strip()
    assert secret.startswith("maps.")
    listed = bihuan("client", "list").output
    assert "maps  viewer  地图" in listed
    assert secret not in listed


def test_a_renewed_secret_is_another_one(bihuan, database):
    first = bihuan("client", "add", "maps", "--role", "viewer").output.strip()
    second = bihuan("client", "renew", "maps").output.strip()
    with read(database) as session:
        client = session.get(ApiClient, "maps")
        assert (is_secret(client, first), is_secret(client, second)) == (False, True)


def test_nobody_renews_what_is_not_there(bihuan):
    result = bihuan("client", "renew", "nobody")
    assert (result.exit_code, "NOT_FOUND" in result.stderr) == (1, True)


def test_a_client_is_added_once(bihuan):
    bihuan("client", "add", "maps", "--role", "viewer")
    again = bihuan("client", "add", "maps", "--role", "viewer")
    assert (again.exit_code, "CLIENT_EXISTS" in again.stderr) == (1, True)


def test_a_rehearsal_without_a_server_says_how_to_start_one(bihuan):
    result = bihuan("play", "case-handling", "--reports", "bpmn/case-handling/samples/reports.jsonl")
    assert result.exit_code == 1
    assert "bihuan up" in result.stderr


@pytest.mark.slow
def test_play_ends_with_the_scenarios_own_verdict(bihuan):
    result = bihuan("play", "case-handling")
    assert result.exit_code == 0, result.output
    assert "0 个不符" in result.output
