from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.store import read, transaction


def beats(world: World, *names: str) -> dict[str, str]:
    with read(world.database) as session:
        return {name: one.by for name, one in runtime.last_beats(session, names).items()}


def test_the_last_beat_counts_and_says_whose_it_is(world: World) -> None:
    with transaction(world.database) as session:
        first = runtime.beat(session, "sweep", "run:1", by="one")
    with transaction(world.database) as session:
        second = runtime.beat(session, "sweep", by="two")
    assert first < second
    assert beats(world, "sweep", "run:1", "run:2") == {"sweep": "two", "run:1": "one"}


def test_it_beats_in_real_time_also_while_the_clock_is_pinned(world: World) -> None:
    world.pin(MONDAY)
    with transaction(world.database) as session:
        runtime.beat(session, "sweep", by="one")
    with read(world.database) as session:
        assert datetime.now(UTC) - runtime.last_beats(session, ["sweep"])["sweep"].at < timedelta(minutes=1)


def test_what_was_last_heard_of_long_ago_is_forgotten_and_nothing_else(world: World) -> None:
    with transaction(world.database) as session:
        at = runtime.beat(session, "sweep", "run:1", by="one")
        runtime.forget_beats(session, "run:", before=at)
    assert beats(world, "sweep", "run:1") == {"sweep": "one", "run:1": "one"}
    with transaction(world.database) as session:
        runtime.forget_beats(session, "run:", before=at + timedelta(seconds=1))
    assert beats(world, "sweep", "run:1") == {"sweep": "one"}


def test_two_first_beats_at_once_are_both_taken(world: World) -> None:
    barrier, ended = Barrier(4), []

    def act(name: str) -> None:
        barrier.wait()
        with transaction(world.database) as session:
            runtime.beat(session, "sweep", by=name)
        ended.append(name)

    threads = [Thread(target=act, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 4
    assert beats(world, "sweep")["sweep"] in ended
