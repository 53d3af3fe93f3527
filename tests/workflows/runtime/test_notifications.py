"""Who is told, on which channels, and that telling twice is telling once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from tests.support.city import BOTH_CITIES, NOW
from workflows import runtime
from workflows.runtime.errors import NotFound
from workflows.store.tables import Delivery, Notification, NotificationRecipient, Person, Seat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.runtime import Notified

LEAD, DEPUTY, WORKER = "p-0507", "p-0509", "p-0503"  # a lead has e-mail and telephone, a worker only a telephone
GROUP = "grid-lead@G45"


def tell(session: Session, **changes: Any) -> Notified:
    said: dict[str, Any] = {
        "group": GROUP,
        "kind": "escalation",
        "subject": "督办:案件 2026-000123",
        "text": "处置已经超期,请当日答复。",
        "channels": ["inbox", "email", "sms"],
        "at": NOW,
        "dedupe": "escalation:1",
    }
    return runtime.notify(session, **said | changes)


def letters(session: Session) -> list[tuple[str, str | None, str]]:
    query = select(Delivery.channel, Delivery.person_id, Delivery.address).order_by(Delivery.key)
    return [tuple(row) for row in session.execute(query)]


def give_deputy(session: Session, group: str, person: str) -> None:
    role, _, unit = group.partition("@")
    session.execute(update(Seat).where(Seat.role == role, Seat.unit_id == unit).values(deputy_id=person))


@BOTH_CITIES
def test_holder_and_deputy_each_get_a_letter_on_each_channel_they_have_an_address_for(session: Session) -> None:
    give_deputy(session, GROUP, WORKER)
    told = tell(session)
    assert told.persons == [LEAD, WORKER]
    assert letters(session) == [
        ("email", LEAD, "p-0507@loudi.invalid"),
        ("sms", LEAD, "0738-0000507"),
        ("sms", WORKER, "0738-0000503"),
    ]
    assert told.deliveries == 3


@BOTH_CITIES
def test_a_person_without_an_address_is_told_in_the_application_and_on_record(session: Session) -> None:
    told = tell(session, group="grid-worker-sanitation@G44", channels=["email"])
    assert (told.missing, told.deliveries) == ({WORKER: ["email"], "p-0506": ["email"]}, 0)
    row = session.get_one(NotificationRecipient, (told.key, WORKER))
    assert (row.missing, row.read) == (["email"], None)


@BOTH_CITIES
def test_telling_twice_is_one_notification_and_one_letter(session: Session) -> None:
    first, second = tell(session), tell(session, text="另一段文字")
    assert (first.new, second.new, second.deliveries) == (True, False, 0)
    assert (second.key, second.missing) == (first.key, first.missing)
    assert len(letters(session)) == first.deliveries == 4
    assert tell(session, dedupe="escalation:2").new


@BOTH_CITIES
def test_who_is_in_two_groups_gets_one_letter_and_both_groups_can_read_it(session: Session) -> None:
    give_deputy(session, "grid-lead@G44", LEAD)
    tell(session)
    told = tell(session, group="grid-lead@G44")
    assert told.new
    assert [person for _, person, _ in letters(session)].count(LEAD) == 2, "an e-mail and an SMS"
    assert len(session.scalars(select(Notification)).all()) == 2


@BOTH_CITIES
def test_an_endpoint_hears_of_the_kinds_it_has_subscribed_to_for_each_group(session: Session) -> None:
    wanted = runtime.create_webhook_endpoint(session, "https://a.invalid/x", ["escalation"], actor="p")
    everything = runtime.create_webhook_endpoint(session, "https://b.invalid", ["*"], actor="p")
    other = runtime.create_webhook_endpoint(session, "https://c.invalid", ["supervision"], actor="p")
    tell(session, channels=[])
    tell(session, channels=[], group="grid-lead@G44")
    heard = session.scalars(select(Delivery.endpoint_key)).all()
    assert sorted(filter(None, heard)) == sorted([wanted.key, everything.key] * 2)
    assert other.key not in heard
    runtime.delete_webhook_endpoint(session, everything.key, actor="p")
    assert tell(session, channels=[], dedupe="escalation:2").deliveries == 1


@BOTH_CITIES
def test_persons_are_told_in_place_of_the_group_also_when_no_register_knows_them(session: Session) -> None:
    told = tell(session, persons=[LEAD, "p-9999", LEAD])
    assert told.missing == {LEAD: [], "p-9999": ["email", "sms"]}
    assert {person for _, person, _ in letters(session)} == {LEAD}


@BOTH_CITIES
def test_a_group_nobody_is_in_is_told_for_whoever_comes_later(session: Session) -> None:
    told = tell(session, at=NOW - timedelta(days=400))
    assert told.persons == []
    runtime.read_notification(session, told.key, person=LEAD)
    assert session.get_one(NotificationRecipient, (told.key, LEAD)).read is not None


def test_a_person_can_be_told_as_a_group_of_one(session: Session) -> None:
    assert tell(session, group=LEAD).persons == [LEAD]
    assert tell(session, group="desk").persons == []


def test_it_is_read_once_and_by_nobody_else(session: Session) -> None:
    told = tell(session)
    with pytest.raises(NotFound):
        runtime.read_notification(session, told.key, person=WORKER)
    runtime.read_notification(session, told.key, person=LEAD)
    read = session.get_one(NotificationRecipient, (told.key, LEAD)).read
    runtime.read_notification(session, told.key, person=LEAD)
    assert session.get_one(NotificationRecipient, (told.key, LEAD)).read == read
    with pytest.raises(NotFound):
        runtime.read_notification(session, 1, person=LEAD)


@BOTH_CITIES
def test_what_could_break_a_header_or_a_database_becomes_a_space(session: Session) -> None:
    told = tell(session, subject="督办\r\nBcc: all@x.invalid\0\ud800\u202e!", text="一\r\n二\x0b三\0四" + "五" * 9_000)
    row = session.get_one(Notification, told.key)
    assert row.subject == "督办 Bcc: all@x.invalid !"
    assert row.text.startswith("一\n二\n三 四五")
    assert (len(row.text), row.text[-1]) == (4_000, "…")


@BOTH_CITIES
def test_what_is_told_in_a_transaction_that_fails_was_never_told(session: Session) -> None:
    failing = session.begin_nested()
    tell(session)
    failing.rollback()
    assert letters(session) == []
    assert tell(session).new


def test_the_addresses_of_a_person_are_those_of_the_register(session: Session) -> None:
    found = session.get_one(Person, LEAD)
    assert (found.email, found.phone) == ("p-0507@loudi.invalid", "0738-0000507")
    assert session.get_one(Person, WORKER).email is None
