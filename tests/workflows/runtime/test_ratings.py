"""A citizen's answer moves the case as the diagram says: on to its end, or back to who handles it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.support import city
from tests.support import diagrams as d
from workflows import runtime
from workflows.governance import cases, ratings, views
from workflows.governance.ratings import RatingMissing
from workflows.runtime.errors import Invalid
from workflows.runtime.ratings import RatingClosed, is_open
from workflows.store import read, transaction
from workflows.store.tables import Case, ProcessInstance, Rating

if TYPE_CHECKING:
    from tests.support.world import World

HEADERS = f"<zeebe:taskHeaders>{d.z('header', key='validFor', value='P2D')}</zeebe:taskHeaders>"
ROUNDS = d.bpmn(
    d.start(),
    d.user("handle"),
    d.service("invite", "rating/invite", HEADERS),
    d.catch("rated", d.on_message("m-case-rated"), d.io(outputs={"said": "=result"})),
    d.xor("again"),
    d.end(),
    flows='start>handle; handle>invite; invite>rated; rated>again; again>handle[said = "不满意"]; again>end[said != "不满意"]',
    more=d.message("case-rated", "=case.number"),
)


@pytest.fixture
def case(world: World) -> Case:
    with transaction(world.database) as session:
        city.settle(session)
        case = cases.report(session, city.REPORT, now=city.NOW)
    world.deploy(ROUNDS)
    world.pin(city.NOW)
    world.start(case_id=case.key, case={"number": case.number})
    return case


def token(world: World) -> str:
    return str(world.rows(select(Rating.token).order_by(Rating.round.desc()))[0][0])


def rate(world: World, token: str, result: str, comment: str = "") -> None:
    with transaction(world.database) as session:
        runtime.rate_case(session, token, result, comment)


def test_satisfied_is_one_tap_and_the_case_goes_on(world: World, case: Case) -> None:
    world.complete("handle")
    rate(world, token(world), "满意")
    [(state,)] = world.rows(select(ProcessInstance.state))
    assert state == "COMPLETED"
    with read(world.database) as session:
        assert [notice["kind"] for notice in views.notices(session, case)] == ["rate"]


def test_dissatisfied_goes_back_and_a_new_round_has_an_invitation_of_its_own(world: World, case: Case) -> None:
    world.complete("handle")
    first = token(world)
    with pytest.raises(Invalid, match="哪里不满意"):
        rate(world, first, "不满意", "  ")
    rate(world, first, "不满意", "还有味道")
    world.complete("handle")
    second = token(world)
    assert first != second
    with pytest.raises(RatingClosed):
        rate(world, first, "满意")
    rate(world, second, "基本满意")
    with read(world.database) as session:
        rounds = [(one.round, one.result, one.comment) for one in ratings.of_case(session, case.key)]
    assert rounds == [(1, "不满意", "还有味道"), (2, "基本满意", None)]


def test_nobody_answers_twice_late_or_for_a_case_that_does_not_wait(world: World, case: Case) -> None:
    with pytest.raises(RatingMissing):
        rate(world, "nobody-knows-this", "满意")
    world.complete("handle")
    with pytest.raises(Invalid, match="只能是"):
        rate(world, token(world), "好评")
    world.pin(city.NOW + timedelta(days=2))
    with pytest.raises(RatingClosed):
        rate(world, token(world), "满意")
    world.pin(city.NOW)
    rate(world, token(world), "满意")
    with pytest.raises(RatingClosed):
        rate(world, token(world), "不满意", "改主意了")
    with read(world.database) as session:
        assert not is_open(session, session.get_one(Rating, token(world)))
