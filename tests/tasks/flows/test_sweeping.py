"""The sweep and its escalations, on a real Prefect server."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tasks.deadlines import announce, sweep
from tasks.fallback import SWEEP
from tasks.flows import escalating
from tasks.flows.escalating import NAME as ESCALATING
from tasks.flows.escalating import escalate_case, shown_as_runs
from tasks.flows.living import here
from tasks.flows.sweeping import sweep_deadlines
from tasks.flows.tidying import NOTHING_DUE
from workflows import runtime
from workflows.store import read, transaction
from workflows.store.tables import Escalation

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


def announced(database):
    with read(database) as session:
        return [at is not None for at in session.scalars(select(Escalation.announced).order_by(Escalation.key))]


def test_each_escalation_is_a_named_and_tagged_run_with_its_facts(database, start, move, runs, artifacts):
    instance = start("clocked")
    move(10.01)
    state = sweep_deadlines(return_state=True)
    assert state.message == "传达消息和信号 0 个,触发定时器 0 个,督办 2 次,公布 2 次,批量办理 0 项"
    assert announced(database) == [True, True]
    first, second = runs(ESCALATING, f"case:{instance}")
    assert first.name == f"督办 · 案件 {instance} · 处置 · 第1级 · 迟 3 小时"
    assert second.name == f"督办 · 案件 {instance} · 处置 · 第2级", "half a minute is not late"
    assert first.state.is_completed()
    assert second.state.is_completed()
    assert set(second.tags) == {f"case:{instance}", "stage:处置", "level:2", "recipient:handler@fire", "unit:fire"}
    assert set(first.tags) - set(second.tags) == {"level:1", "late"}
    with read(database) as session:
        told_by = list(session.scalars(select(Escalation.run_id).order_by(Escalation.key)))
    assert told_by == [str(first.id), str(second.id)]
    [shown] = artifacts(second).values()
    for line in (
        f"| 流程实例 | [{instance}](http://127.0.0.1:8080/v2/process-instances/{instance}) |",
        "| 时限 | 处置,10 紧急工作时 |",
        "| 截止 | 2026-03-02 19:00 |",
        "| 应触发 | 2026-03-02 19:00 |",
        "| 第 1 级 | handler@fire | 2026-03-02 16:00 | 2026-03-02 19:00 | 是 |",
        "| 第 2 级 | handler@fire | 2026-03-02 19:00 | 2026-03-02 19:00 |  |",
    ):
        assert line in shown


def test_what_fired_without_prefect_becomes_visible_and_says_when_it_fired(database, start, move, runs, artifacts):
    instance = start("clocked")
    move(7)
    assert len(sweep(database).escalations) == 1
    move(9.5)
    assert announced(database) == [False]
    state = sweep_deadlines(return_state=True)
    assert "督办 0 次,公布 1 次(其中 1 次先前触发)" in state.message
    [run] = runs(ESCALATING, f"case:{instance}")
    assert run.name.endswith("第1级"), "it fired in time"
    [shown] = artifacts(run).values()
    assert "| 公布 | 2026-03-02 18:30,触发后 2 小时 30 分(其间没有 Prefect) |" in shown


def test_an_escalation_that_is_shown_again_is_the_same_run_with_its_facts_once(
    database, start, move, runs, artifacts, monkeypatch
):
    instance = start("clocked")
    move(7)
    sweep(database)
    [fired] = runtime.claim_escalations(database)
    with shown_as_runs(database) as show, monkeypatch.context() as patched:
        request = show._client.request
        patched.setattr(
            show._client, "request", lambda way, path, **how: 1 / (path != "/artifacts/") and request(way, path, **how)
        )
        with pytest.raises(ZeroDivisionError):
            show([fired])
    assert announced(database) == [False]
    with shown_as_runs(database) as show:
        show([fired])
        show([fired])
    [run] = runs(ESCALATING, f"case:{instance}")
    assert run.state_name == "Completed"
    assert len(artifacts(run)) == 1
    assert announced(database) == [True]


def test_one_that_prefect_refuses_holds_up_no_other(database, start, move, runs, artifacts, monkeypatch):
    refused, other = start("clocked"), start("clocked")
    move(7)
    sweep(database)
    escalate_case.to_deployment(ESCALATING).apply()  # from now on Prefect knows what its parameter must be
    wanted = escalating._wanted

    def spoiled(message, fired):
        spoil = {"parameters": {"escalation": 5}} if fired.process_instance_key == refused else {}
        return wanted(message, fired) | spoil

    with shown_as_runs(database) as show, monkeypatch.context() as patched:
        patched.setattr(escalating, "_wanted", spoiled)
        assert announce(database, show) == 1
    assert runs(ESCALATING, f"case:{refused}") == []
    [run] = runs(ESCALATING, f"case:{other}")
    assert len(artifacts(run)) == 1
    assert sorted(announced(database)) == [False, True]


def test_the_run_of_an_escalation_that_is_run_again_shows_how_it_stands_now(database, start, move, artifacts, runs):
    start("clocked")
    move(7)
    sweep_deadlines()
    [run] = runs(ESCALATING)
    move(10)
    sweep_deadlines()
    state = escalate_case(**run.parameters, return_state=True)
    assert state.is_completed()
    [again] = [one for one in runs(ESCALATING) if one.name.endswith("现状")]
    [shown] = artifacts(again).values()
    assert "| 第 2 级 |" in shown
    assert all("| 第 2 级 |" not in shown for shown in artifacts(run).values())
    assert escalate_case("no key", return_state=True).message == "没有这一级督办"
    assert announced(database) == [True, True]


def test_a_sweep_that_finds_nothing_says_so_and_leaves_its_beat(database, start):
    start("clocked")
    state = sweep_deadlines(return_state=True)
    assert (state.name, state.is_completed()) == (NOTHING_DUE, True)
    with read(database) as session:
        assert set(runtime.last_beats(session, [SWEEP, here(SWEEP)])) == {SWEEP, here(SWEEP)}


def test_a_sweep_leaves_the_work_to_the_one_before_while_that_lives(database, start, move):
    start("clocked")
    move(8)
    with transaction(database) as session:
        runtime.beat(session, here(SWEEP), by="the one before")
    state = sweep_deadlines(return_state=True)
    assert "还在进行" in state.message
    assert announced(database) == []
    with transaction(database) as session:
        runtime.beat(session, here(SWEEP), by="-")
    sweep_deadlines()
    assert announced(database) == [True]
