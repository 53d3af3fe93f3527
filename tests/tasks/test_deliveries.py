"""Letters leave once: whatever fails, whoever dies, however many send at the same time."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from tasks.channels.email import Email, Relay
from tasks.channels.guard import Allowed
from tasks.channels.http import Patience, Web
from tasks.channels.sms import Gateway, Sms
from tasks.channels.webhook import Webhook
from tasks.deliveries import Delivered, backoff, deliver, deliver_due
from tests.support.databases import KINDS, database_url, opened
from tests.support.receivers import http_receiver, smtp_receiver
from workflows import runtime
from workflows.runtime.crash import AFTER_CLAIM, AFTER_HAND_OVER, AFTER_SENDING, BEFORE_HAND_OVER, VARIABLE
from workflows.runtime.deliveries import RETRIES, NotResendable
from workflows.runtime.reasons import ReasonMissing
from workflows.store import connect, read, transaction
from workflows.store.tables import Delivery, Event, Person, WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.receivers import HttpReceiver, Mailbox
    from workflows.runtime.webhooks import CreatedEndpoint
    from workflows.store import Database

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
QUICK = Web(Allowed.of("127.0.0.1"), Patience(connect=1, read=0.4, total=0.6))
POINTS = [AFTER_CLAIM, BEFORE_HAND_OVER, AFTER_HAND_OVER, AFTER_SENDING]


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with opened(url) as database:
        with transaction(database) as session:
            for number in range(30):
                session.add(
                    Person(
                        id=f"p-{number:04}",
                        name=f"样例{number}",
                        email=f"p{number}@x.invalid",
                        phone=f"0738-{number:07}",
                    )
                )
        yield database


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_receiver() as mailbox:
        yield mailbox


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


def email(mailbox: Mailbox) -> dict[str, Any]:
    return {"email": Email(Relay("127.0.0.1", mailbox.port, "bihuan@x.invalid", "none", timeout=5))}


def sms(receiver: HttpReceiver, path: str = "/", *, repeatable: bool = False) -> dict[str, Any]:
    gateway = Gateway(receiver.url(path), {}, {"phone": "{phone}"}, {}, repeatable=repeatable)
    return {"sms": Sms(gateway, QUICK)}


WEBHOOK = {"webhook": Webhook(QUICK)}


def tell(database: Database, *channels: str, persons: int = 1, dedupe: str = "one") -> None:
    with transaction(database) as session:
        runtime.notify(
            session, group="desk@centre", kind="escalation", subject="督办", text="请答复", channels=channels, at=AT,
            dedupe=dedupe, persons=[f"p-{number:04}" for number in range(persons)],
        )  # fmt: skip


def subscribe(database: Database, url: str) -> CreatedEndpoint:
    with transaction(database) as session:
        return runtime.create_webhook_endpoint(session, url, ["*"], actor="p")


def rows(database: Database) -> list[Delivery]:
    with read(database) as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.key)))


def states(database: Database) -> Counter[str]:
    return Counter(row.state for row in rows(database))


def one(database: Database) -> Delivery:
    [row] = rows(database)
    return row


def make_due(database: Database) -> None:
    """As if pauses and the leases of the dead had passed."""
    with transaction(database) as session:
        session.execute(update(Delivery).values(claimed_until=None))
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Delivery).where(Delivery.next_at.is_not(None)).values(next_at=past))


def events(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    query = select(Event.tag, Event.actor, Event.details).where(Event.tag.like("delivery:%")).order_by(Event.key)
    with read(database) as session:
        return [tuple(row) for row in session.execute(query)]


# What is sent, and once


def test_every_letter_leaves_once_and_what_was_sent_is_not_sent_again(database: Database, mailbox: Mailbox) -> None:
    tell(database, "email", persons=3)
    assert deliver(database, email(mailbox)) == Delivered(sent=3)
    assert not deliver(database, email(mailbox))
    assert sorted(to for to, _ in mailbox.letters) == ["p0@x.invalid", "p1@x.invalid", "p2@x.invalid"]
    for row in rows(database):
        assert (row.state, row.attempts, row.next_at, row.error) == ("SENT", 1, None, None)
        assert row.sent >= row.created


def test_a_round_ends_after_its_number_of_letters(database: Database, mailbox: Mailbox) -> None:
    tell(database, "email", persons=3)
    assert deliver(database, email(mailbox), 2).sent == 2
    assert not deliver(database, email(mailbox), seconds=0)
    assert deliver(database, email(mailbox), 2).sent == 1


def test_two_senders_at_once_send_each_letter_once(database: Database, url: str, mailbox: Mailbox) -> None:
    tell(database, "email", persons=30)
    with opened(url) as other:
        counts: list[Delivered] = []
        senders = [threading.Thread(target=lambda on=each: counts.append(deliver(on, email(mailbox)))) for each in (database, other)]  # fmt: skip
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)
    assert sum(count.sent for count in counts) == 30
    assert max(Counter(to for to, _ in mailbox.letters).values()) == 1
    assert len(mailbox.letters) == 30


def test_a_letter_that_outlasts_its_lease_is_not_sent_by_the_next_one_too(
    database: Database, url: str, mailbox: Mailbox
) -> None:
    """Its lease ran out while the server was still looking up the recipient: two have it, one may hand it over."""
    tell(database, "email")
    with opened(url) as other:

        def overtake(command: str) -> None:
            if command == "RCPT" and len(mailbox.commands) < 3:
                make_due(other)
                second.start()
                second.join(20)

        second = threading.Thread(target=lambda: deliver(other, email(mailbox)))
        with smtp_receiver() as slow:
            slow.then = overtake
            assert not deliver(database, email(slow))
    assert len(slow.letters) + len(mailbox.letters) == 1
    assert one(database).state == "SENT"


# What fails


def test_a_failure_before_the_handing_over_is_tried_again_and_later_each_time(
    database: Database, mailbox: Mailbox
) -> None:
    tell(database, "email")
    mailbox.replies["RCPT"] = "451 later"
    for attempt in range(1, RETRIES):
        assert deliver(database, email(mailbox)) == Delivered(postponed=1)
        assert not deliver(database, email(mailbox)), "it rests"
        row = one(database)
        assert (row.state, row.attempts, row.error) == ("CREATED", attempt, "SMTP 451 later")
        make_due(database)
    assert deliver(database, email(mailbox)) == Delivered(failed=1)
    make_due(database)
    assert not deliver(database, email(mailbox))
    assert (one(database).state, one(database).attempts) == ("FAILED", RETRIES)
    [(tag, actor, details)] = events(database)
    assert (tag, actor, details["person"], details["error"]) == ("delivery:fail", "worker:deliveries", "p-0000", "SMTP 451 later")  # fmt: skip
    assert "@x.invalid" not in str(details), "the record is for ever and keeps no address"


def test_pauses_grow_end_and_are_spread() -> None:
    pauses = [backoff(retries) for retries in range(RETRIES, 0, -1)]
    assert timedelta(seconds=22) < pauses[0] < timedelta(seconds=38)
    assert timedelta(seconds=89) < pauses[1] < timedelta(seconds=151)
    assert max(pauses) <= timedelta(hours=7.5)
    assert len({backoff(RETRIES) for _ in range(20)}) > 1
    assert timedelta(hours=8) < sum(pauses, timedelta()) < timedelta(days=2)


@pytest.mark.parametrize("reply", ["550 no such user", "553 bad name"])
def test_a_refused_recipient_is_refused_once_and_the_others_are_told(
    database: Database, mailbox: Mailbox, reply: str
) -> None:
    tell(database, "email", persons=2)
    mailbox.replies["RCPT"] = reply
    assert deliver(database, email(mailbox), 1) == Delivered(failed=1)
    del mailbox.replies["RCPT"]
    assert deliver(database, email(mailbox)) == Delivered(sent=1)
    assert states(database) == {"FAILED": 1, "SENT": 1}


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_webhook_that_refuses_fails_at_once_and_one_that_is_gone_is_told_no_more(
    database: Database, receiver: HttpReceiver, status: int
) -> None:
    made = subscribe(database, receiver.url(f"/{status}"))
    tell(database)
    assert deliver(database, WEBHOOK) == Delivered(failed=1)
    assert (one(database).state, one(database).error) == ("FAILED", f"HTTP {status}")
    with read(database) as session:
        assert session.get_one(WebhookEndpoint, made.key).active == (status != 410)
    tell(database, dedupe="two")
    assert len(rows(database)) == (1 if status == 410 else 2)


def test_a_webhook_inside_fails_at_once(database: Database, receiver: HttpReceiver) -> None:
    subscribe(database, receiver.url().replace("127.0.0.1", "127.0.0.2"))
    tell(database)
    assert deliver(database, WEBHOOK) == Delivered(failed=1)
    assert "127.0.0.2" in str(one(database).error)


def test_a_channel_that_is_not_set_up_fails_visibly(database: Database) -> None:
    tell(database, "sms")
    assert deliver(database, {}) == Delivered(failed=1)
    assert "sms" in str(one(database).error)


def test_a_webhook_that_answers_500_is_tried_again_under_the_same_id(
    database: Database, receiver: HttpReceiver
) -> None:
    subscribe(database, receiver.url("/hooks"))
    tell(database)
    receiver.answers = [500, 503]
    for _ in range(2):
        assert deliver(database, WEBHOOK) == Delivered(postponed=1)
        make_due(database)
    assert deliver(database, WEBHOOK) == Delivered(sent=1)
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1
    assert len({asked.body for asked in receiver.asked}) == 1


def test_who_asks_for_time_gets_it(database: Database, receiver: HttpReceiver) -> None:
    subscribe(database, receiver.url("/429"))
    receiver.headers = {"Retry-After": "7200"}
    tell(database)
    deliver(database, WEBHOOK)
    assert one(database).next_at > datetime.now(UTC) + timedelta(minutes=110)


def test_an_sms_gateway_that_answers_500_is_not_asked_again_unless_it_knows_repetitions(
    database: Database, receiver: HttpReceiver
) -> None:
    receiver.answers = [500]
    tell(database, "sms")
    assert deliver(database, sms(receiver)) == Delivered(uncertain=1)
    make_due(database)
    assert not deliver(database, sms(receiver))
    tell(database, "sms", dedupe="two")
    receiver.answers = [500]
    assert deliver(database, sms(receiver, repeatable=True)) == Delivered(postponed=1)
    make_due(database)
    assert deliver(database, sms(receiver, repeatable=True)) == Delivered(sent=1)
    assert len(receiver.asked) == 3
    assert [tag for tag, _, _ in events(database)] == ["delivery:uncertain"]


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_a_gateway_that_hangs_costs_one_wait_and_holds_nobody_else_up(
    database: Database, receiver: HttpReceiver, mailbox: Mailbox, path: str
) -> None:
    subscribe(database, receiver.url(path))
    for number in range(5):
        tell(database, "email", dedupe=str(number))
    counts = deliver(database, WEBHOOK | email(mailbox))
    assert counts == Delivered(sent=5, postponed=1)
    assert len(receiver.asked) == 1


def test_a_server_that_is_away_uses_up_the_attempts_of_one_letter_only(database: Database, mailbox: Mailbox) -> None:
    tell(database, "email", persons=5)
    mailbox.port, port = 9, mailbox.port
    assert deliver(database, email(mailbox)) == Delivered(postponed=1)
    assert sorted(row.attempts for row in rows(database)) == [0, 0, 0, 0, 1]
    mailbox.port = port
    assert deliver(database, email(mailbox)) == Delivered(sent=4)


def test_a_body_without_end_and_a_redirect_inwards_do_no_harm(database: Database, receiver: HttpReceiver) -> None:
    subscribe(database, receiver.url("/huge"))
    subscribe(database, receiver.url("/redirect"))
    tell(database)
    assert deliver(database, WEBHOOK) == Delivered(sent=1, failed=1)
    assert sorted(asked.path for asked in receiver.asked) == ["/huge", "/redirect"]


# Who dies


def die(url: str, at: str, **settings: object) -> int:
    """A sender in a process of its own, as an installation has it, that dies at a crash point."""
    program = "import sys; from tasks.deliveries import deliver_due; from workflows.store import connect; deliver_due(connect(sys.argv[1]))"  # fmt: skip
    environment = {name.upper(): str(value) for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-c", program, url],
        env={**os.environ, VARIABLE: at, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode


def by_mail(mailbox: Mailbox) -> dict[str, object]:
    return {"bihuan_smtp_host": "127.0.0.1", "bihuan_smtp_port": mailbox.port, "bihuan_smtp_security": "none"}


LOCAL = {"bihuan_outbound_allowed": "127.0.0.1"}


@pytest.mark.slow
@pytest.mark.parametrize("at", POINTS)
def test_a_sender_of_mail_that_dies_sends_no_letter_twice(
    database: Database, url: str, mailbox: Mailbox, at: str
) -> None:
    tell(database, "email")
    assert die(url, at, **by_mail(mailbox)) == 137
    assert not deliver(database, email(mailbox)), "nobody else has it yet"
    make_due(database)
    deliver(database, email(mailbox))
    make_due(database)
    assert not deliver(database, email(mailbox))
    arrived = {AFTER_CLAIM: 1, BEFORE_HAND_OVER: 1, AFTER_HAND_OVER: 0, AFTER_SENDING: 1}
    assert len(mailbox.letters) == arrived[at]
    assert one(database).state == ("SENT" if at in {AFTER_CLAIM, BEFORE_HAND_OVER} else "UNCERTAIN")
    told = [tag for tag, _, _ in events(database)]
    assert told == ([] if one(database).state == "SENT" else ["delivery:uncertain"])


@pytest.mark.slow
@pytest.mark.parametrize("at", POINTS)
def test_a_sender_of_webhooks_that_dies_repeats_with_the_same_id(
    database: Database, url: str, receiver: HttpReceiver, at: str
) -> None:
    subscribe(database, receiver.url())
    tell(database)
    assert die(url, at, **LOCAL) == 137
    make_due(database)
    assert deliver(database, WEBHOOK) == Delivered(sent=1)
    assert len(receiver.asked) == (2 if at == AFTER_SENDING else 1)
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1
    assert one(database).state == "SENT"


@pytest.mark.slow
@pytest.mark.parametrize("at", [AFTER_HAND_OVER, AFTER_SENDING])
def test_a_sender_of_sms_that_dies_sends_none_twice(
    database: Database, url: str, receiver: HttpReceiver, at: str
) -> None:
    tell(database, "sms")
    assert die(url, at, **LOCAL, bihuan_sms_url=receiver.url()) == 137
    make_due(database)
    assert deliver(database, sms(receiver)) == Delivered(uncertain=1)
    assert len(receiver.asked) == (at == AFTER_SENDING)


@pytest.mark.slow
def test_a_sender_that_is_killed_while_the_server_takes_the_letter_sends_none_twice(
    database: Database, url: str, mailbox: Mailbox
) -> None:
    """The letter is with the server; the answer that says so finds nobody."""
    tell(database, "email", persons=2)
    program = "import sys; from tasks.deliveries import deliver_due; from workflows.store import connect; deliver_due(connect(sys.argv[1]))"  # fmt: skip
    environment = {name.upper(): str(value) for name, value in by_mail(mailbox).items()}
    sender = subprocess.Popen([sys.executable, "-c", program, url], env={**os.environ, "PYTHONPATH": str(ROOT), **environment})  # fmt: skip

    def kill(command: str) -> None:
        if command == "DATA" and sender.returncode is None:
            sender.send_signal(signal.SIGKILL)
            sender.wait(10)

    mailbox.then = kill
    assert sender.wait(60) == -signal.SIGKILL
    make_due(database)
    assert deliver(database, email(mailbox)) == Delivered(sent=1, uncertain=1)
    assert len(mailbox.letters) == 2
    assert max(Counter(to for to, _ in mailbox.letters).values()) == 1


@pytest.mark.slow
def test_a_webhook_that_kills_its_senders_is_given_up(database: Database, url: str, receiver: HttpReceiver) -> None:
    subscribe(database, receiver.url())
    tell(database)
    with transaction(database) as session:
        session.execute(update(Delivery).values(retries=2))
    for _ in range(2):
        assert die(url, AFTER_SENDING, **LOCAL) == 137
        make_due(database)
    assert deliver(database, WEBHOOK) == Delivered(uncertain=1)
    assert len(receiver.asked) == 2


# The database


@pytest.fixture
def impatient(database: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The same database, whose writers wait a second."""
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL has no lock on everything")
    monkeypatch.setattr("workflows.store.database.BUSY_SECONDS", 1)
    impatient = connect(url)
    yield impatient
    impatient.engine.dispose()


def at_command(wanted: str, act: Callable[[], None]) -> Callable[[str], None]:
    return lambda command: act() if command == wanted else None


def test_a_letter_does_not_leave_while_the_database_cannot_note_it(
    impatient: Database, url: str, mailbox: Mailbox
) -> None:
    tell(impatient, "email")
    holders = []
    mailbox.then = at_command("RCPT", lambda: holders.append(hold(url)))
    with pytest.raises(OperationalError, match="locked"):
        deliver(impatient, email(mailbox))
    holders.pop().close()
    mailbox.then = lambda _: None
    assert mailbox.letters == []
    assert (one(impatient).state, one(impatient).attempts) == ("CREATED", 0)
    make_due(impatient)
    assert deliver(impatient, email(mailbox)) == Delivered(sent=1)


def test_that_a_letter_has_arrived_is_noted_although_the_database_was_locked_for_a_while(
    impatient: Database, url: str, mailbox: Mailbox
) -> None:
    tell(impatient, "email")
    releases = []

    def hold_for_a_while() -> None:
        holder = hold(url)
        releases.append(threading.Timer(1.5, holder.close))
        releases[-1].start()

    mailbox.then = at_command("DATA", hold_for_a_while)
    assert deliver(impatient, email(mailbox)) == Delivered(sent=1)
    releases[0].join()
    assert one(impatient).state == "SENT"


def hold(url: str) -> sqlite3.Connection:
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    return holder


# By hand


def resend(database: Database, reason: str = "收件人说没有收到") -> None:
    with transaction(database) as session:
        runtime.resend_delivery(session, one(database).key, reason=reason, actor="p-0001")


def test_what_is_uncertain_is_sent_again_by_hand_to_the_address_of_today(
    database: Database, receiver: HttpReceiver
) -> None:
    receiver.answers = [500]
    tell(database, "sms")
    deliver(database, sms(receiver))
    with transaction(database) as session:
        session.execute(update(Person).where(Person.id == "p-0000").values(phone="0738-1111111"))
    resend(database)
    assert deliver(database, sms(receiver)) == Delivered(sent=1)
    assert receiver.asked[-1].body == b'{"phone":"0738-1111111"}'
    tag, actor, details = events(database)[-1]
    assert (tag, actor, details["was"], details["reason"]) == (
        "delivery:resend",
        "p-0001",
        "UNCERTAIN",
        "收件人说没有收到",
    )
    assert (one(database).attempts, one(database).state) == (2, "SENT")


def test_what_is_on_its_way_or_has_arrived_is_not_sent_again(database: Database, mailbox: Mailbox) -> None:
    tell(database, "email")
    with pytest.raises(NotResendable):
        resend(database)
    deliver(database, email(mailbox))
    with pytest.raises(NotResendable):
        resend(database)
    assert len(mailbox.letters) == 1


def test_a_reason_must_be_given(database: Database) -> None:
    tell(database, "sms")
    deliver(database, {})
    with pytest.raises(ReasonMissing):
        resend(database, " ")
    assert one(database).state == "FAILED"


def test_it_runs_as_it_is_set_up(database: Database, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(database, "email", "sms")
    for name, value in by_mail(mailbox).items():
        monkeypatch.setenv(name.upper(), str(value))
    assert deliver_due(database) == Delivered(sent=1, failed=1)


def test_what_is_due_is_found_by_its_index(database: Database) -> None:
    plan = "EXPLAIN QUERY PLAN SELECT key FROM delivery WHERE next_at <= '2026' ORDER BY next_at LIMIT 1"
    if database.engine.dialect.name == "sqlite":
        with read(database) as session:
            assert "ix_delivery_due" in str(session.execute(text(plan)).all())
