"""Old notifications go with what was sent of them; what was not sent stays, and so does the record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, update

from tests.support import diagrams as d
from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.runtime import Forgotten, retention
from workflows.runtime.clock import real_now
from workflows.store import transaction
from workflows.store.tables import Delivery, Person

if TYPE_CHECKING:
    from workflows.runtime import Notified

DAY = timedelta(days=1)
AGE = 400 * DAY


@pytest.fixture
def told(world: World) -> World:
    """Two persons, one who has an address; the clock stands 500 days after the first notification may be."""
    with transaction(world.database) as session:
        session.add_all([
            Person(id="p-0001", name="样例一", email="a@x.invalid", phone="1"),
            Person(id="p-0002", name="样例二", email=None, phone=None),
        ])  # fmt: skip
    world.pin(MONDAY + 500 * DAY)
    return world


def tell(world: World, dedupe: str, *, days: float = 500, **more: Any) -> Notified:
    """Tell them so many days ago, by e-mail; what was sent, was sent then."""
    at = MONDAY + (500 - days) * DAY
    said = {"group": "g@u", "kind": "escalation", "subject": dedupe, "text": "t", "channels": ["inbox", "email"]}
    with transaction(world.database) as session:
        notified = runtime.notify(session, **said | more, at=at, dedupe=dedupe, persons=["p-0001", "p-0002"])
        mine = Delivery.notification_key == notified.key
        session.execute(update(Delivery).where(mine).values(state="SENT", next_at=None, sent=real_now() - days * DAY))
    return notified


def left(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT subject FROM notification ORDER BY key")]


def forget(world: World, **more: Any) -> Forgotten:
    return runtime.forget_notifications(world.database, AGE, **more)


def test_what_was_sent_long_ago_goes_with_its_letters_and_what_came_later_stays(told: World) -> None:
    tell(told, "old")
    tell(told, "a day too young", days=399)
    assert forget(told) == Forgotten(1, 1)
    assert left(told) == ["a day too young"]
    assert (told.count("delivery"), told.count("notification_recipient")) == (1, 2)
    assert forget(told) == Forgotten()


@pytest.mark.parametrize("state", ["CREATED", "SENDING", "FAILED", "UNCERTAIN"])
def test_of_what_did_not_arrive_for_certain_nothing_goes(told: World, state: str) -> None:
    tell(told, "partly", channels=["email", "sms"])
    told.damage(f"UPDATE delivery SET state = '{state}' WHERE channel = 'sms'")  # noqa: S608
    assert forget(told) == Forgotten()
    assert told.count("delivery") == 2
    told.damage("UPDATE delivery SET state = 'SENT'")
    assert forget(told) == Forgotten(1, 2)


def test_what_was_sent_again_lately_stays(told: World) -> None:
    tell(told, "again")
    with transaction(told.database) as session:
        session.execute(update(Delivery).values(sent=real_now() - DAY))
    assert forget(told) == Forgotten()


def test_what_was_only_read_in_the_application_goes_read_or_not(told: World) -> None:
    first = tell(told, "read", channels=["inbox"])
    tell(told, "unread", channels=["inbox"])
    with transaction(told.database) as session:
        runtime.read_notification(session, first.key, person="p-0002")
    assert forget(told) == Forgotten(2, 0)
    assert told.count("notification_recipient") == 0


def test_the_record_of_the_instance_stays_and_the_deletion_is_on_record(told: World) -> None:
    told.process(d.start(), d.user("a"), d.end(), flows="start>a; a>end")
    key = told.start()
    before = told.events(key)
    tell(told, "of it", instance_key=key)
    forget(told)
    assert told.events(key) == before
    last = told.events(0)[-1]
    assert (last.tag, last.actor) == ("notification:forget", "clock:retention")
    assert last.details == {
        "notifications": 1,
        "letters": 1,
        "before": (MONDAY + 100 * DAY).isoformat(),
    }


def test_what_there_is_nothing_of_is_not_on_record(told: World) -> None:
    events = told.events(0)
    forget(told)
    assert told.events(0) == events


def test_many_go_batch_by_batch_the_oldest_first(told: World) -> None:
    for number in range(7):
        tell(told, str(number))
    assert [forget(told, limit=3).notifications for _ in range(4)] == [3, 3, 1, 0]


def test_a_batch_is_a_few_statements_whatever_its_size(told: World) -> None:
    for number in range(20):
        tell(told, str(number))
    seen: list[str] = []
    event.listen(told.database.engine, "before_cursor_execute", lambda *query: seen.append(query[2]))
    forget(told)
    assert len([one for one in seen if not one.startswith("BEGIN")]) < 14


def test_what_is_sent_again_between_look_and_deletion_stays(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(told, "raced")
    begin = retention.transaction

    def meddling(database: Any) -> Any:
        told.damage("UPDATE delivery SET state = 'CREATED'")
        return begin(database)

    monkeypatch.setattr(retention, "transaction", meddling)
    assert forget(told).notifications == 0
    assert left(told) == ["raced"]
