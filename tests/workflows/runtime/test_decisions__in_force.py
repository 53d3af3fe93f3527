"""Decisions by the version in force at a moment: which one that was is on record, and in a variable."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.world import MONDAY, World, table
from workflows import runtime
from workflows.governance import publications
from workflows.runtime import Resource
from workflows.runtime.errors import Refused
from workflows.store import read, transaction
from workflows.store.queries.variables import variables
from workflows.store.tables import DecisionEvaluation, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = timedelta(days=1)


def versions(*limits: int) -> list[bytes]:
    return [
        table("list", ["area"], ["met"], [f"&lt;= {limit}", "true"], [f"&gt; {limit}", "false"]) for limit in limits
    ]


DECIDE = d.bpmn(
    d.start(),
    d.rule("decide", "list", "met", extensions=d.properties(bihuan_asOf="=act", bihuan_basis="basis")),
    d.user("a"),
    d.end(),
    flows="start>decide;decide>a;a>end",
)


def publish(world: World, version: int, valid_from: str, valid_to: str | None = None) -> None:
    with transaction(world.database) as session:
        at = runtime.now(session)
        given = {"decision": "list", "version": version, "validFrom": valid_from, "validTo": valid_to}
        given |= {"publishedOn": valid_from, "reference": "样例〔2026〕1号"}
        publications.publish(session, publications.draft(session, given, at=at), actor="p-0031", at=at)


@pytest.fixture
def listed(world: World) -> Iterator[World]:
    """Five square metres until the end of February, ten afterwards; a third version that nobody has published."""
    world.pin(MONDAY)
    for number, content in enumerate(versions(5, 10, 99)):
        world.deploy(Resource("list.dmn", content), *([DECIDE] if number == 0 else []))
    publish(world, 1, "2026-01-01")
    publish(world, 2, "2026-03-01")
    return world


def found(world: World, key: int) -> dict[str, Any]:
    with read(world.database) as session:
        return {each.name: each.value for each in variables(session, key)}


@pytest.mark.parametrize(
    ("act", "version", "met"),
    [
        ("2026-02-28", 1, False),
        ("2026-02-28T15:59:59Z", 1, False),
        ("2026-02-28T16:00:00Z", 2, True),  # midnight in 娄底
        ("2026-03-01T00:00:00+08:00", 2, True),
        ("2027-01-01", 2, True),
    ],
)
def test_the_version_in_force_on_the_day_decides(listed: World, act: str, version: int, met: bool) -> None:
    key = listed.start(area=7, act=act)
    seen = found(listed, key)
    assert seen["met"] is met
    assert (seen["basis"]["decision"], seen["basis"]["version"]) == ("list", version)
    assert seen["basis"]["rules"] == [
        {"decision": "list", "version": version, "rule": f"list-{0 if met else 1}", "index": 1 if met else 2}
    ]
    assert seen["basis"]["validFrom"] == ("2026-01-01" if version == 1 else "2026-03-01")
    [row] = listed.rows(select(DecisionEvaluation.version, DecisionEvaluation.output))
    assert tuple(row) == (version, met)
    said = listed.events(key)[0].details["inForce"]
    assert [(one["id"], one["version"]) for one in said] == [("list", version)]


def test_a_day_without_a_version_in_force_gives_nothing_and_the_log_says_so(listed: World) -> None:
    key = listed.start(area=1, act="2025-12-31")
    seen = found(listed, key)
    assert (seen["met"], seen["basis"]) == (None, None)
    assert listed.count("decision_evaluation") == 0
    assert listed.events(key)[0].details["inForce"] == [{"id": "list", "asOf": "2025-12-31", "version": None}]


def test_what_is_deployed_decides_nothing_before_it_is_published(listed: World) -> None:
    key = listed.start(area=50, act="2026-03-02")
    assert found(listed, key)["basis"]["version"] == 2
    publish(listed, 3, "2026-03-02")
    again = listed.start(area=50, act="2026-03-02")
    assert (found(listed, again)["basis"]["version"], found(listed, again)["met"]) == (3, True)


@pytest.mark.parametrize("act", [None, 5, "yesterday", ["2026-03-01"]])
def test_a_moment_that_is_none_is_an_incident(listed: World, act: Any) -> None:
    listed.start(area=1, act=act)
    [incident] = listed.incidents()
    assert (incident.element_id, incident.error_type) == ("decide", "EXTRACT_VALUE_ERROR")
    assert "bihuan:asOf" in incident.message


def test_a_basis_is_given_without_a_moment_too(world: World) -> None:
    basis = d.rule("decide", "list", "met", extensions=d.properties(bihuan_basis="why"))
    world.deploy(
        Resource("list.dmn", versions(5)[0]),
        d.bpmn(d.start(), basis, d.user("a"), d.end(), flows="start>decide;decide>a;a>end"),
    )
    seen = found(world, world.start(area=9))
    assert {name: seen["why"][name] for name in ("version", "rules")} == {
        "version": 1,
        "rules": [{"decision": "list", "version": 1, "rule": "list-1", "index": 2}],
    }
    assert "asOf" not in seen["why"]


@pytest.mark.parametrize("name", ["bihuan_asOf", "bihuan_basis"])
def test_only_a_task_with_a_decision_may_say_how_it_is_taken(world: World, name: str) -> None:
    wrong = d.user("a", extensions=d.properties(**{name: "=act" if name == "bihuan_asOf" else "basis"}))
    with pytest.raises(Refused) as refused:
        world.deploy(d.bpmn(d.start(), wrong, d.end(), flows="start>a;a>end"))
    assert [one["rule"] for one in refused.value.details] == ["decision-property"]


class TestThePublicationInADiagram:
    """Checked when it is asked for, made public when all have agreed."""

    DIAGRAM = d.bpmn(
        d.start(),
        d.service("check", type="decision/check-publication"),
        d.boundary("wrong", "check", d.on_error("e-NOT_PUBLISHABLE")),
        d.user("review"),
        d.service("publish", type="decision/publish"),
        d.end(),
        d.end("refused"),
        flows="start>check;check>review;review>publish;publish>end;wrong>refused",
        more=d.error("NOT_PUBLISHABLE"),
    )

    def test_it_is_in_force_from_its_day(self, listed: World) -> None:
        listed.deploy(self.DIAGRAM)
        key = listed.start(publication={"decision": "list", "validFrom": "2026-04-01"})
        draft = found(listed, key)["draft"]
        assert (draft["version"], draft["replaces"]["version"]) == (3, 2)
        assert len(draft["changed"]) == 2
        listed.move(3 * DAY)  # the reviews take some days: it is published on the day of the last
        listed.complete("review")
        [row] = listed.rows(
            "SELECT published_on, valid_from, process_instance_key FROM decision_publication WHERE id = 3"
        )
        assert (str(row[0]), str(row[1]), row[2]) == ("2026-03-05", "2026-04-01", key)
        assert listed.state(key) == "COMPLETED"

    def test_one_whose_day_passes_meanwhile_is_not_published(self, listed: World) -> None:
        listed.deploy(self.DIAGRAM)
        listed.start(publication={"decision": "list", "validFrom": "2026-03-03"})
        listed.move(3 * DAY)
        listed.complete("review")
        assert listed.count("decision_publication") == 2
        [incident] = listed.incidents()
        assert "NOT_PUBLISHABLE" in incident.message

    @pytest.mark.parametrize(
        "given", [None, "list", {"decision": "list"}, {"decision": "x", "validFrom": "2026-04-01"}]
    )
    def test_one_that_is_not_in_order_is_refused_at_once(self, listed: World, given: Any) -> None:
        listed.deploy(self.DIAGRAM)
        key = listed.start(publication=given)
        assert listed.state(key) == "COMPLETED"
        assert listed.rows(select(UserTask.key)) == []
