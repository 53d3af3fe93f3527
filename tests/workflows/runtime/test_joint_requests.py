"""A case asks for a joint operation by message and hears how it ended, through the packs as they are shipped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tasks.packs import packs, resources
from tests.support.city import PACKS, REPORT
from workflows import runtime
from workflows.governance import cases, joint_operations
from workflows.runtime.joint_requests import NotInHand
from workflows.store import read, transaction
from workflows.store.queries.variables import variables
from workflows.store.tables import JointOperation, JointOperationCase, ProcessInstance, ThrownMessage, UserTask

if TYPE_CHECKING:
    from tests.support.world import World

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BLOCKED = {"conditionCode": "E0403-01", "text": "夜市占道,几家都管一段", "lon": 112.0160, "lat": 27.7330}
FILED = (("verify", {"result": "属实"}), ("file", {"result": "立案"}), ("dispatch", {"result": "按建议派遣"}))


@pytest.fixture
def city(world: World) -> World:
    for pack in packs(PACKS):
        if pack.name in {"loudi", "clocks", "case-handling", "joint-rectification"}:
            with transaction(world.database) as session:
                runtime.deploy(session, resources(pack), actor="designer")
    world.pin(NOW)
    return world


def report(world: World, n: int = 0) -> int:
    """The instance of a case that a unit has. Each lies somewhere else, or it would be a duplicate."""
    with transaction(world.database) as session:
        case = cases.report(session, REPORT | BLOCKED | {"lat": 27.7330 + n / 1000}, now=NOW)
        key = runtime.start_process(
            session, process_id="case-handling", variables={"case": cases.variables(case)}, business_id=case.number,
            case_id=case.key, actor="tests",
        )  # fmt: skip
    for element, answer in FILED:
        world.complete(element, "p-0005", **answer)
    return key


def blocked(world: World, n: int = 0) -> int:
    key = report(world, n)
    world.complete("handle", "p-0117", result="堵点", reason="几家都管一段")
    runtime.deliver(world.database)
    return key


def tasks(world: World, key: int) -> list[str]:
    query = select(UserTask.element_id).where(UserTask.process_instance_key == key, UserTask.state == "CREATED")
    return [row[0] for row in world.rows(query.order_by(UserTask.key))]


def operations(world: World) -> list[int]:
    query = select(ProcessInstance.key).where(ProcessInstance.process_id == "joint-rectification")
    return [row[0] for row in world.rows(query.order_by(ProcessInstance.key))]


def seen(world: World, key: int) -> dict[str, Any]:
    with read(world.database) as session:
        return {each.name: each.value for each in variables(session, key) if each.scope_key == key}


def test_cases_of_one_class_in_one_grid_share_an_operation(city: World) -> None:
    first, second = blocked(city), blocked(city, 1)
    [operation] = operations(city)
    assert [case["number"] for case in seen(city, operation)["cases"]] == ["2026-000001", "2026-000002"]
    assert city.count("joint_operation_case") == 2
    assert (tasks(city, first), tasks(city, second), tasks(city, operation)) == ([], [], ["convene"])
    city.complete("convene", "p-0017", result="不予召集", reason="一家就能办")
    runtime.deliver(city.database)
    assert (tasks(city, first), tasks(city, second)) == (["dispatch"], ["dispatch"])
    assert [seen(city, key)["joint"]["outcome"] for key in (first, second)] == ["declined"] * 2


def test_another_class_or_grid_has_an_operation_of_its_own(city: World) -> None:
    blocked(city)
    blocked(city, 20)
    assert len(operations(city)) == 2


def test_when_one_has_ended_the_next_begins(city: World) -> None:
    for n in range(2):
        blocked(city, n)
        city.complete("convene", "p-0017", result="不予召集", reason="一家就能办")
    assert len(operations(city)) == 2
    numbers = city.rows(select(JointOperation.number).order_by(JointOperation.key))
    assert [row[0] for row in numbers] == ["联治〔2026〕1号", "联治〔2026〕2号"]


def test_the_message_is_on_its_way_only_once_the_case_has_let_go(city: World) -> None:
    key = report(city)
    city.complete("handle", "p-0117", result="堵点", reason="几家都管一段")
    assert (tasks(city, key), operations(city)) == ([], [])
    [thrown] = city.rows(select(ThrownMessage.name, ThrownMessage.correlation_key, ThrownMessage.business_id))
    assert thrown == ("joint-rectification", "G07:E0403", "2026-000001")
    runtime.deliver(city.database)
    assert len(operations(city)) == 1


def test_cases_do_not_wait_for_an_operation_that_was_cancelled(city: World) -> None:
    keys = [blocked(city), blocked(city, 1)]
    [operation] = operations(city)
    city.run(runtime.cancel_process_instance, operation)
    runtime.deliver(city.database)
    assert [tasks(city, key) for key in keys] == [["dispatch"]] * 2
    assert city.rows(select(JointOperation.outcome, JointOperation.ended)) == [("cancelled", NOW)]


def test_who_was_taken_back_meanwhile_does_not_hear_of_it_when_it_asks_again(city: World) -> None:
    """The answer is for the request it was asked with, not for the next one of the same case."""
    key = blocked(city)
    [operation] = operations(city)
    named = {
        "assignment": {"level": "department", "role": "handler", "unit": "fire"},
        "designated": False,
        "reason": "急",
    }
    city.run(runtime.correlate_message, "case-reassigned", "2026-000001", named)
    city.run(runtime.cancel_process_instance, operation)
    runtime.deliver(city.database)
    assert tasks(city, key) == ["handle"]
    city.pin(NOW.replace(hour=2))
    city.complete("handle", "p-0048", result="堵点", reason="还是一家办不了")
    runtime.deliver(city.database)
    assert tasks(city, key) == [], "it waits for the second operation"
    assert len(operations(city)) == 2


def test_it_is_asked_for_while_a_unit_has_the_case(city: World) -> None:
    key = report(city)
    with transaction(city.database) as session:
        asked = runtime.request_joint_rectification(session, "2026-000001", reason="几家都管", actor="p-0113")
    runtime.deliver(city.database)
    assert (asked, tasks(city, key)) == (key, [])
    [operation] = operations(city)
    assert seen(city, operation)["requester"] == "grid-worker-enforcement@G07"
    with transaction(city.database) as session, pytest.raises(NotInHand):
        runtime.request_joint_rectification(session, "2026-000001", reason="再来一次", actor="p-0113")
    with read(city.database) as session:
        tied = session.scalars(select(JointOperationCase.case_key)).one()
        assert [one.number for one in joint_operations.of_case(session, tied)] == ["联治〔2026〕1号"]
