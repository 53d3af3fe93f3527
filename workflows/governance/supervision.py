"""Supervision letters (督办件): written from a template, numbered, answered, and kept with how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from workflows.calendar import CHINA
from workflows.governance.numbers import next_document_number
from workflows.store.errors import NotFound
from workflows.store.keys import next_keys
from workflows.store.tables import SupervisionLetter

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

SERIES = "督办"

_TEXT = """督 办 件
{number}

{to}：

{matter}的“{clock}”（时限 {limit}）应于 {due} 前办结，{holder}。{state}。{label}

请你单位督促办理，于 {reply_due} 前书面回复办理情况和处理决定。{powers}逾期未回复或者回复未获认可的，提请上一级督办。

人民城市共治共享指挥调度中心
{issued}"""


class Outcome(StrEnum):
    """How a letter ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    ENDED = "ended"  # the clock was over


@dataclass(frozen=True, slots=True)
class Matter:
    """What a letter is about, in words."""

    subject: str
    matter: str
    clock: str
    limit: str
    due: str
    holder: str | None
    state: str  # how near it is, or for how long it is overdue
    label: str
    powers: str


def issue(
    session: Session,
    about: Matter,
    *,
    escalation_key: int,
    process_instance_key: int,
    recipient: str,
    recipient_name: str,
    reply_due: datetime,
    at: datetime,
) -> SupervisionLetter:
    """Write and number a letter. An escalation has one letter: a second one is a programming error."""
    number = next_document_number(session, SERIES, at)
    day = at.astimezone(CHINA.zone)
    text = _TEXT.format(
        number=number,
        to=recipient_name,
        matter=about.matter,
        clock=about.clock,
        limit=about.limit,
        due=about.due,
        holder=f"承办单位为{about.holder}" if about.holder else "承办单位未定",
        state=about.state,
        label=f"{about.label}。" if about.label else "",
        reply_due=_minute(reply_due),
        powers=f"可以决定：{about.powers}。" if about.powers else "",
        issued=f"{day.year}年{day.month}月{day.day}日",  # no zeros before: GB/T 9704
    )
    letter = SupervisionLetter(
        key=next_keys(session)[0],
        number=number,
        escalation_key=escalation_key,
        process_instance_key=process_instance_key,
        subject=about.subject,
        recipient=recipient,
        text=text,
        reply_due=reply_due,
        issued=at,
    )
    session.add(letter)
    session.flush()
    return letter


def reply(session: Session, number: str, *, decision: str, text: str, by: str, at: datetime) -> None:
    """Keep what was answered; the last answer counts. NotFound."""
    letter = find(session, number)
    letter.decision, letter.reply, letter.replied_by, letter.replied = decision, text, by, at
    session.flush()


def close(session: Session, number: str, outcome: Outcome, at: datetime) -> None:
    """Keep how a letter ended. NotFound."""
    letter = find(session, number)
    letter.outcome, letter.closed = outcome.value, at
    session.flush()


def find(session: Session, number: str) -> SupervisionLetter:
    """The letter of a number. NotFound."""
    letter = session.scalars(select(SupervisionLetter).where(SupervisionLetter.number == number)).one_or_none()
    if letter is None:
        raise NotFound(f"没有督办件 {number}")
    return letter


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA.zone):%Y-%m-%d %H:%M}"
