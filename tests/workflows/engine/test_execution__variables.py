"""Where variables are read and written: Camunda 8's scopes, propagation and mappings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.diagrams import (
    boundary,
    bpmn,
    call,
    catch,
    each,
    end,
    io,
    message,
    on_message,
    properties,
    script,
    service,
    start,
    sub,
    timer,
    user,
)

LINE = "start>a;a>after;after>end"
LOOP = "for i in 1..1000000 return i"


def task(
    name: str, *, inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None, inner: str = ""
) -> str:
    return service(name, extensions=io(inputs=inputs, outputs=outputs), inner=inner)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_a_mapping_sees_the_targets_of_the_mappings_before_it(run, side):
    mapped = {"first": "=n + 1", "second.part": "=first * 10", "third": "=second.part + first"}
    case = run(bpmn(start(), task("a", **{side: mapped}), user("after"), end(), flows=LINE), n=1)
    if side == "inputs":
        seen = case.ex.variables(case.one("a").key)
    else:
        case.complete("a", m=0)
        seen = case.variables
    assert (seen["first"], seen["second"], seen["third"]) == (2, {"part": 20}, 22)


def test_an_output_mapping_that_fails_half_way_writes_nothing(run):
    outputs = {"n": "=n + 1", "x": f"=if broken then count({LOOP}) else n"}
    case = run(bpmn(start(), task("a", outputs=outputs), user("after"), end(), flows=LINE), n=1, broken=True)
    case.complete("a")
    assert case.variables == {"n": 1, "broken": True}
    case.do(lambda ex: ex.set_variables(1 << 20, {"broken": False}))
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    assert case.variables == {"n": 2, "broken": False, "x": 2}


def test_an_activity_that_failed_on_its_way_in_begins_anew_when_it_is_resolved(run):
    source = bpmn(start(), user("a", io(inputs={"n": "=n + 1"}) + properties(hint=f"=if broken then count({LOOP}) else n")),
                  user("after"), end(), flows=LINE)  # fmt: skip
    case = run(source, n=1, broken=True)
    case.do(lambda ex: ex.set_variables(1 << 20, {"broken": False}))
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    assert case.ex.variables(case.one("a", "User").key)["n"] == 2
    assert case.one("a", "User").properties == {"hint": "2"}


@pytest.mark.parametrize(
    ("output", "result"), [("=answer", [1, 2]), ("=answer.grade", ["A", "A"]), ("=answer + 0", [1, 2])]
)
def test_an_output_element_that_is_a_variable_belongs_to_its_item(run, output, result):
    loop = each("[1,2]", outputCollection="r", outputElement=output)
    case = run(bpmn(start(), service("a", inner=loop), user("after"), end(), flows=LINE), answer="before")
    for number in (1, 2):
        case.complete("a", answer={"grade": "A"} if "grade" in output else number)
    assert case.variables["r"] == result
    kept = "before" if output != "=answer + 0" else 2
    assert case.variables["answer"] == kept


def test_an_output_mapping_to_the_output_element_stays_with_its_item(run):
    inner = sub("a", start("s1"), user("t"), user("last"), end("e1"), flows="s1>t;t>last;last>e1",
                extensions=io(outputs={"output": "=x"}),
                inner=each("[1,2]", outputCollection="r", outputElement="=output"))  # fmt: skip
    case = run(bpmn(start(), inner, user("after"), end(), flows=LINE))
    for number in (1, 2):
        case.complete("t", x=number)
    for _ in range(2):
        case.complete("last")
    assert case.variables == {"x": 2, "r": [2, 2]}


def test_an_output_element_that_is_the_input_element_keeps_the_item(run):
    loop = each("[7,8]", outputCollection="r", outputElement="=item")
    case = run(
        bpmn(
            start(),
            call("a", "child", propagateAllChildVariables="false", inner=loop),
            user("after"),
            end(),
            flows=LINE,
        )
    )
    for wait in case.open("Call"):
        case.do(lambda ex, key=wait.key: ex.complete(key, {"item": 0}))
    assert case.variables == {"r": [7, 8]}


def test_an_output_collection_overwritten_from_inside_is_an_incident(run):
    loop = each("[1,2]", outputCollection="r", outputElement="=item")
    case = run(bpmn(start(), service("a", inner=loop), user("after"), end(), flows=LINE))
    body = case.ex.records()[-1].scope_key
    case.complete("a", r="mine")
    assert case.one("a", "Incident").error_type == "EXTRACT_VALUE_ERROR"
    case.do(lambda ex: ex.set_variables(body, {"r": [None]}))
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    assert "r" in case.one("a", "Incident").message
    case.do(lambda ex: ex.set_variables(body, {"r": [None, None]}))
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    case.complete("a")
    assert case.variables["r"] == [1, 2]


def test_what_an_item_gave_is_not_given_again_when_its_incident_is_resolved(run):
    loop = each("[1]", outputCollection="r", outputElement=f"=if broken then count({LOOP}) else n")
    for work in (
        task("a", outputs={"n": "=n + 1"}, inner=loop),
        script("a", "0", "m", io(outputs={"n": "=n + 1"}), loop),
    ):
        case = run(bpmn(start(), work, user("after"), end(), flows=LINE), n=1, broken=True)
        if case.open("Job"):
            case.complete("a")
        case.do(lambda ex: ex.set_variables(1 << 20, {"broken": False}))
        incident = case.one("a", "Incident").key
        case.do(lambda ex, key=incident: ex.resolve(key))
        assert (case.variables["n"], case.variables["r"]) == (2, [2])


def test_what_was_read_before_does_not_change_with_the_collection(run):
    inner = sub("a", start("s1"), script("t", "r", "snapshot"), user("u"), end("e1"), flows="s1>t;t>u;u>e1",
                inner=each("[1,2]", outputCollection="r", outputElement="=item"))  # fmt: skip
    case = run(bpmn(start(), inner, user("after"), end(), flows=LINE))
    case.complete("u")
    assert case.variables["snapshot"] == [None, None]


def test_the_key_of_a_message_at_a_border_is_that_of_the_surroundings(run):
    source = bpmn(start(), user("a", io(inputs={"id": '="mine"', "wait": '="PT1M"'})), boundary("b", "a", on_message("m-note")),
                  boundary("t", "a", timer("Duration", "=wait")), end(), more=message("note"), flows="start>a;a>end;b>end;t>end")  # fmt: skip
    case = run(source, id="theirs")
    assert case.one("b").correlation_key == "theirs"
    assert case.one("t").due == case.now + timedelta(minutes=1)


def test_a_message_whose_variables_are_mapped_leaves_the_others_behind(run):
    source = bpmn(start(), catch("a", on_message("m-paid"), io(outputs={"order.paid": "=amount"})), user("after"), end(),
                  more=message("paid"), flows=LINE)  # fmt: skip
    case = run(source, id=1, order={"number": 5})
    case.correlate("paid", "1", amount=3, other="x")
    assert case.variables == {"id": 1, "order": {"number": 5, "paid": 3}}
