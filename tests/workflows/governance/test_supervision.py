"""Letters as documents: what is left out where nothing is to say, what is kept of an answer, how one ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from tests.support.city import BOTH_CITIES, NOW
from workflows.governance import supervision
from workflows.governance.supervision import Matter, Outcome
from workflows.store.errors import NotFound
from workflows.store.keys import next_keys
from workflows.store.tables import (
    Deadline,
    Deployment,
    Escalation,
    ProcessDefinition,
    ProcessInstance,
    SupervisionLetter,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HOUR = timedelta(hours=1)
MATTER = Matter(
    subject="2026-000001",
    matter="案件 2026-000001 ",
    clock="处置 · 排险",
    limit="1 紧急工作时",
    due="2026-03-02 08:00",
    holder="消防承办人",
    state="现已超期 1 小时",
    label="险情未排除",
    powers="延期、转办",
)


@pytest.fixture
def escalation(session: Session) -> int:
    """The key of one that fired."""
    deployment, definition, instance, key = next_keys(session, 4)
    session.execute(insert(Deployment).values(key=deployment, actor="tests", at=NOW))
    session.execute(insert(ProcessDefinition).values(
        key=definition, deployment_key=deployment, version=1, name="P", resource_name="p.bpmn", hash="h",
        process_id="p", xml=b"", version_tag=None,
    ))  # fmt: skip
    session.execute(insert(ProcessInstance).values(
        key=instance, process_definition_key=definition, process_id="p", root_process_instance_key=instance, depth=0,
        state="ACTIVE", revision=0, hash="h", started=NOW, snapshot=b"",
    ))  # fmt: skip
    session.execute(insert(Deadline).values(
        key=instance + 1, process_instance_key=instance, element_instance_key=instance + 1, element_id="handle",
        stage="处置", milestone="", unit="urgent_hour", number="1", legal=False, started=NOW, pauses=[], suspensions=0,
        extensions=0, carried="0", provisional=False, yellow_at=NOW, purple_at=NOW, rungs=[], due=NOW,
    ))  # fmt: skip
    session.execute(insert(Escalation).values(
        key=key, deadline_key=instance + 1, process_instance_key=instance, stage="处置", level=1, role="r",
        recipient="r@u", vacant=False, channels=[], label="", powers=[], at=NOW, fired=NOW,
    ))  # fmt: skip
    return key


def issue(session: Session, escalation: int, about: Matter = MATTER) -> SupervisionLetter:
    return supervision.issue(
        session,
        about,
        escalation_key=escalation,
        process_instance_key=1 << 30,
        recipient="area-lead@east",
        recipient_name="东片区驻点领导",
        reply_due=NOW + HOUR,
        at=NOW,
    )


@BOTH_CITIES
def test_a_letter_says_all_that_is_known(session: Session, escalation: int) -> None:
    text = issue(session, escalation).text
    for said in (
        "督办〔2026〕1号\n\n东片区驻点领导：\n",
        "案件 2026-000001 的“处置 · 排险”（时限 1 紧急工作时）应于 2026-03-02 08:00 前办结，承办单位为消防承办人。",
        "现已超期 1 小时。险情未排除。\n",
        "于 2026-03-02 10:00 前书面回复",
        "可以决定：延期、转办。逾期未回复",
    ):
        assert said in text


@BOTH_CITIES
def test_what_is_not_known_is_left_out(session: Session, escalation: int) -> None:
    text = issue(session, escalation, replace(MATTER, holder=None, label="", powers="")).text
    assert "承办单位未定。现已超期 1 小时。\n\n请你单位督促办理" in text
    assert "处理决定。逾期未回复" in text


@BOTH_CITIES
def test_what_was_answered_last_counts(session: Session, escalation: int) -> None:
    number = issue(session, escalation).number
    supervision.reply(session, number, decision="explain", text="已催", by="p-0019", at=NOW)
    supervision.reply(session, number, decision="extend", text="等配件", by="p-0020", at=NOW + HOUR)
    session.expire_all()
    kept = supervision.find(session, number)
    assert (kept.decision, kept.reply, kept.replied_by, kept.replied) == ("extend", "等配件", "p-0020", NOW + HOUR)


@BOTH_CITIES
@pytest.mark.parametrize("outcome", Outcome)
def test_how_it_ended_is_kept(session: Session, escalation: int, outcome: Outcome) -> None:
    number = issue(session, escalation).number
    supervision.close(session, number, outcome, NOW + HOUR)
    ended = select(SupervisionLetter.outcome, SupervisionLetter.closed)
    assert session.execute(ended).one() == (outcome.value, NOW + HOUR)


@BOTH_CITIES
def test_a_number_that_was_never_given_is_not_found(session: Session) -> None:
    for ask in (
        lambda: supervision.find(session, "督办〔2026〕9号"),
        lambda: supervision.reply(session, "督办〔2026〕9号", decision="explain", text="", by="p", at=NOW),
        lambda: supervision.close(session, "督办〔2026〕9号", Outcome.ENDED, NOW),
    ):
        with pytest.raises(NotFound, match="督办〔2026〕9号"):
            ask()
