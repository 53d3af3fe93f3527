"""What one sender may say of a letter that another has had meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.runtime import deliveries
from workflows.runtime.deliveries import FAILED, UNCERTAIN, Letter, Overtaken
from workflows.store import transaction
from workflows.store.tables import Person

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE = timedelta(hours=1)


@pytest.fixture
def letter(world: World) -> Letter:
    with transaction(world.database) as session:
        session.add(Person(id="p-0001", name="样例\r\n一", email="a@x.invalid", phone=None))
        session.flush()
        runtime.notify(
            session, group="g@u", kind="escalation", subject="s", text="t", channels=["email"], at=MONDAY, dedupe="one",
            persons=["p-0001"],
        )  # fmt: skip
    found = take(world)
    assert found is not None
    return found


def take(world: World) -> Letter | None:
    world.damage("UPDATE delivery SET claimed_until = NULL")
    return deliveries.next_letter(world.database)


def row(world: World) -> Any:
    [found] = world.rows("SELECT state, attempts, retries, error FROM delivery")
    return tuple(found)


def test_a_letter_is_claimed_by_one(world: World, letter: Letter) -> None:
    assert deliveries.next_letter(world.database) is None
    assert (letter.address, letter.name, letter.interrupted) == ("a@x.invalid", "样例 一", False)


def test_destinations_that_are_down_are_left_alone(world: World, letter: Letter) -> None:
    world.damage("UPDATE delivery SET claimed_until = NULL")
    assert deliveries.next_letter(world.database, besides=[letter.destination]) is None
    assert deliveries.next_letter(world.database, besides=[("sms", 0), ("webhook", 7)]) == letter


def fail(world: World, letter: Letter, state: str = "CREATED") -> None:
    pause = PAUSE if state == "CREATED" else None
    deliveries.record_failure(world.database, letter, "no\r\nline", handed_over=False, state=state, pause=pause)


def resent(world: World, letter: Letter) -> None:
    fail(world, letter, FAILED)
    world.run(runtime.resend_delivery, letter.key, reason="again")


@pytest.mark.parametrize("meanwhile", [fail, resent])
def test_a_letter_that_another_has_tried_meanwhile_is_not_handed_over(
    world: World, letter: Letter, meanwhile: Callable[[World, Letter], None]
) -> None:
    meanwhile(world, letter)
    with pytest.raises(Overtaken):
        deliveries.hand_over(world.database, letter)


@pytest.mark.parametrize("state", ["SENDING", "SENT", "FAILED", "UNCERTAIN"])
def test_only_what_has_not_left_is_handed_over(world: World, letter: Letter, state: str) -> None:
    world.damage(f"UPDATE delivery SET state = '{state}'")  # noqa: S608
    with pytest.raises(Overtaken):
        deliveries.hand_over(world.database, letter)


def test_who_was_taken_for_dead_and_lives_may_say_that_it_arrived(world: World, letter: Letter) -> None:
    deliveries.hand_over(world.database, letter)
    found = take(world)
    assert found is not None
    assert found.interrupted
    deliveries.leave_uncertain(world.database, found)
    assert row(world)[:2] == (UNCERTAIN, 1)
    deliveries.record_sent(world.database, letter)
    assert row(world) == ("SENT", 1, 7, None)


def test_who_comes_late_says_nothing_about_the_attempt_of_another(world: World, letter: Letter) -> None:
    deliveries.hand_over(world.database, letter)
    found = take(world)
    assert found is not None
    deliveries.take_up(world.database, found)
    deliveries.hand_over(world.database, found)
    late: list[Callable[[], None]] = [
        lambda: deliveries.record_sent(world.database, letter),
        lambda: deliveries.record_failure(world.database, letter, "x", handed_over=True, pause=PAUSE),
        lambda: deliveries.leave_uncertain(world.database, found),
        lambda: deliveries.take_up(world.database, found),
    ]
    for say in late:
        with pytest.raises(Overtaken):
            say()
    assert row(world)[:2] == ("SENDING", 2)
    deliveries.record_sent(world.database, found)
    assert row(world)[0] == "SENT"


def test_an_error_is_one_line_and_short(world: World, letter: Letter) -> None:
    fail(world, letter)
    assert row(world) == ("CREATED", 1, 7, "no line")
    world.damage("UPDATE delivery SET next_at = created")
    found = take(world)
    assert found is not None
    deliveries.record_failure(world.database, found, "x" * 9_000, handed_over=False, state=FAILED)
    assert len(row(world)[3]) == 500


def test_a_failure_is_on_the_record_of_the_instance_it_is_about(world: World) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows="start>a; a>end")
    instance = world.start()
    with transaction(world.database) as session:
        session.add(Person(id="p-0001", name="n", email="a@x.invalid", phone=None))
        session.flush()
        runtime.notify(
            session, group="g@u", kind="k", subject="s", text="t", channels=["email"], at=MONDAY, dedupe="one",
            persons=["p-0001"], instance_key=instance,
        )  # fmt: skip
    found = take(world)
    assert found is not None
    fail(world, found, FAILED)
    event = world.events(instance)[-1]
    assert (event.tag, event.details["channel"], event.details["person"]) == ("delivery:fail", "email", "p-0001")
    world.complete("a")
    assert world.state(instance) == "COMPLETED"
