"""Decision tables: what fires, what comes out, what is an error."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from workflows.decisions import DecisionError, DmnError, Outcome, Violation, parse_decisions, read_decisions

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn


def decide(table: str, dmn: Dmn, **variables: Any) -> Outcome:
    return parse_decisions(dmn.file(table)).evaluate("table", variables)


def fired(outcome: Outcome) -> list[int]:
    return [rule.index for rule in outcome.matched]


AGES = ['< 12 | "child"', '[12..17] | "youth"', '>= 18 | "adult"']
OVERLAPPING = ['>= 18 | "adult"', '>= 12 | "able"', '>= 12 | "able"', '- | "person"']


def test_unique_gives_the_one_output_and_says_which_rule_fired(dmn: Dmn) -> None:
    outcome = decide(dmn.table(["age"], ["group"], AGES), dmn, age=15)
    assert outcome.value == "youth"
    assert (outcome.decision_id, outcome.decision_name) == ("table", "表")
    assert [(each.id, each.name, each.value) for each in outcome.inputs] == [("in1", "age", 15)]
    (rule,) = outcome.matched
    assert (rule.rule_id, rule.index) == ("r2", 2)
    assert [(each.id, each.name, each.value) for each in rule.outputs] == [("out1", "group", "youth")]
    assert outcome.warnings == ()


def test_unique_is_checked(dmn: Dmn) -> None:
    with pytest.raises(DecisionError, match=r"规则 1 \(r1\)、规则 2 \(r2\)") as error:
        decide(dmn.table(["age"], ["group"], OVERLAPPING[:2]), dmn, age=20)
    assert error.value.kind is Violation.UNIQUE_VIOLATED


def test_unique_is_the_default_policy(dmn: Dmn) -> None:
    table = dmn.table(["age"], ["group"], OVERLAPPING).replace('hitPolicy="UNIQUE"', "")
    with pytest.raises(DecisionError, match="UNIQUE"):
        decide(table, dmn, age=20)


def test_first_stops_at_the_first(dmn: Dmn) -> None:
    outcome = decide(dmn.table(["age"], ["group"], OVERLAPPING, hit_policy="FIRST"), dmn, age=13)
    assert (outcome.value, fired(outcome)) == ("able", [2])


def test_any_takes_rules_that_agree(dmn: Dmn) -> None:
    table = dmn.table(["age"], ["group"], OVERLAPPING[1:3], hit_policy="ANY")
    outcome = decide(table, dmn, age=13)
    assert (outcome.value, fired(outcome)) == ("able", [1, 2])


@pytest.mark.parametrize("other", ["1", "null", '"true"'])
def test_any_refuses_rules_that_differ(dmn: Dmn, other: str) -> None:
    table = dmn.table(["age"], ["group"], ["- | true", f"- | {other}"], hit_policy="ANY")
    with pytest.raises(DecisionError, match="ANY") as error:
        decide(table, dmn, age=20)
    assert error.value.kind is Violation.ANY_VIOLATED


def test_priority_takes_the_most_important_output(dmn: Dmn) -> None:
    rules = ['> 1 | "low"', '> 2 | "high"', '> 3 | "middle"']
    values = {"level": '"high","middle","low"'}
    table = dmn.table(["n"], ["level"], rules, hit_policy="PRIORITY", output_values=values)
    outcome = decide(table, dmn, n=9)
    assert (outcome.value, fired(outcome)) == ("high", [2])
    assert decide(table, dmn, n=2).value == "low"


def test_output_order_sorts_by_importance_and_keeps_rule_order_within(dmn: Dmn) -> None:
    rules = ['- | "low" | 1', '- | "high" | 1', '- | "low" | 2', "- | null | 3"]
    values = {"level": '"high","low"'}
    table = dmn.table(["n"], ["level", "n"], rules, hit_policy="OUTPUT ORDER", output_values=values)
    outcome = decide(table, dmn, n=9)
    assert fired(outcome) == [2, 1, 3, 4]
    assert outcome.value[0] == {"level": "high", "n": 1}


def test_rule_order_and_collect_give_lists(dmn: Dmn) -> None:
    for policy in ("RULE ORDER", "COLLECT"):
        outcome = decide(dmn.table(["age"], ["group"], OVERLAPPING, hit_policy=policy), dmn, age=13)
        assert (outcome.value, fired(outcome)) == (["able", "able", "person"], [2, 3, 4])


@pytest.mark.parametrize(
    ("aggregation", "many", "none"), [("SUM", 11, None), ("MIN", 2, None), ("MAX", 5, None), ("COUNT", 3, 0)]
)
def test_collect_aggregates(dmn: Dmn, aggregation: str, many: int, none: int | None) -> None:
    rules = ["> 1 | 5", "> 1 | 4", "> 1 | 2"]
    table = dmn.table(["n"], ["points"], rules, hit_policy="COLLECT", attributes=f'aggregation="{aggregation}"')
    assert decide(table, dmn, n=2).value == many
    assert decide(table, dmn, n=1).value == none


def test_several_outputs_are_a_context(dmn: Dmn) -> None:
    rules = ['"0104" | "work_hour" | 4', '"0105" | "work_day" | 0.5']
    table = dmn.table(["条件"], ["unit", "number"], rules)
    assert decide(table, dmn, 条件="0105").value == {"unit": "work_day", "number": Decimal("0.5")}
    collected = dmn.table(["条件"], ["unit", "number"], rules, hit_policy="COLLECT")
    assert decide(collected, dmn, 条件="0104").value == [{"unit": "work_hour", "number": 4}]


@pytest.mark.parametrize(
    ("policy", "nothing"),
    [("UNIQUE", None), ("FIRST", None), ("ANY", None), ("COLLECT", []), ("RULE ORDER", [])],
)
def test_no_rule_gives_nothing(dmn: Dmn, policy: str, nothing: Any) -> None:
    outcome = decide(dmn.table(["n"], ["x"], ["> 5 | 1"], hit_policy=policy), dmn, n=1)
    assert (outcome.value, outcome.matched) == (nothing, ())


def test_no_rule_gives_the_default_outputs(dmn: Dmn) -> None:
    defaults = {"unit": '"work_day"'}
    table = dmn.table(["n"], ["unit", "number"], ["> 5 | null | 1"], defaults=defaults)
    assert decide(table, dmn, n=1).value == {"unit": "work_day", "number": None}
    assert decide(table, dmn, n=6).value == {"unit": None, "number": 1}
    collected = dmn.table(["n"], ["unit"], ["> 5 | null"], hit_policy="COLLECT", defaults=defaults)
    assert decide(collected, dmn, n=1).value == ["work_day"]
    counted = collected.replace('hitPolicy="COLLECT"', 'hitPolicy="COLLECT" aggregation="MIN"')
    assert decide(counted, dmn, n=1).value == "work_day"


def test_inputs_are_expressions_and_cells_may_read_other_variables(dmn: Dmn) -> None:
    rules = ['> limit | case.class + "!"', "<= limit | null"]
    table = dmn.table(["case.size * 2"], ["x"], rules)
    outcome = decide(table, dmn, case={"size": 3, "class": "0104"}, limit=5)
    assert outcome.value == "0104!"
    assert outcome.inputs[0].value == 6


def test_equal_cells_of_two_columns_are_two_tests(dmn: Dmn) -> None:
    table = dmn.table(["a", "b"], ["x"], ["1 | 1 | 1", "2 | 1 | 2"])
    assert decide(table, dmn, a=1, b=2).value is None
    assert decide(table, dmn, a=2, b=1).value == 2


def test_a_table_may_search_long_lists_in_every_rule(dmn: Dmn) -> None:
    rules = [f"not(list contains(seen, ? + {rule})) | {rule}" for rule in range(100)]
    table = dmn.table(["n"], ["x"], rules, hit_policy="FIRST")
    assert decide(table, dmn, n=1, seen=list(range(2000))).value is None


def test_a_dash_and_an_empty_cell_match_everything_and_an_empty_output_is_null(dmn: Dmn) -> None:
    outcome = decide(dmn.table(["a", "b"], ["x", "y"], [" - | | 1 | "]), dmn, a=None, b=[1])
    assert outcome.value == {"x": 1, "y": None}


def test_a_rule_without_id_is_named_after_its_table(dmn: Dmn) -> None:
    table = dmn.table(["n"], ["x"], ["- | 1"]).replace('<rule id="r1">', "<rule>")
    assert decide(table, dmn, n=1).matched[0].rule_id == "table:1"


def test_a_missing_input_is_null_and_a_warning(dmn: Dmn) -> None:
    outcome = decide(dmn.table(["age"], ["group"], AGES), dmn)
    assert outcome.value is None
    assert "age" in " ".join(map(str, outcome.warnings))
    assert outcome.warnings[0].element_id == "in1"
    assert len({each.text for each in outcome.warnings}) == len(outcome.warnings)


def test_now_is_the_callers(dmn: Dmn) -> None:
    model = parse_decisions(dmn.file(dmn.table(["now()"], ["x"], ["- | now().year"])))
    assert model.evaluate("table", {}, now=datetime(2031, 5, 1, tzinfo=UTC)).value == 2031


def test_an_input_outside_its_allowed_values_is_an_error(dmn: Dmn) -> None:
    table = dmn.table(["kind"], ["x"], ["- | 1"], input_values='"event","component"')
    assert decide(table, dmn, kind="event").value == 1
    assert decide(table, dmn, kind=None).value == 1
    assert decide(table, dmn, kind=["event", "component"]).value == 1
    with pytest.raises(DecisionError, match=r'(?s)kind.*"event","component"') as error:
        decide(table, dmn, kind="rumour")
    assert error.value.kind is Violation.INPUT_NOT_ALLOWED


def test_an_output_outside_its_allowed_values_is_an_error(dmn: Dmn) -> None:
    table = dmn.table(["n"], ["x"], ["- | n"], output_values={"x": "[1..5]"})
    assert decide(table, dmn, n=5).value == 5
    with pytest.raises(DecisionError) as error:
        decide(table, dmn, n=6)
    assert error.value.kind is Violation.OUTPUT_NOT_ALLOWED


def test_a_value_that_is_not_of_its_column_type_is_a_warning(dmn: Dmn) -> None:
    table = dmn.table(["n"], ["x"], ["- | 1"], type="number")
    assert decide(table, dmn, n=5).warnings == ()
    outcome = decide(table, dmn, n="5")
    assert outcome.value == 1
    assert "“5” 不是 number" in outcome.warnings[0].text
    assert [each.element_id for each in outcome.warnings] == ["in1"]


ENDLESS = "count(for i in 1..10000000 return i)"


@pytest.mark.parametrize("rule", [f"- | {ENDLESS}", f"{ENDLESS} | 1"])
def test_an_expression_that_costs_too_much_is_an_error(dmn: Dmn, rule: str) -> None:
    table = dmn.table(["n"], ["x"], [rule])
    with pytest.raises(DecisionError) as error:
        decide(table, dmn, n=1)
    assert error.value.kind is Violation.BUDGET_EXCEEDED


def test_the_outcome_is_json(dmn: Dmn) -> None:
    outcome = decide(dmn.table(["n"], ["due"], ['- | date("2026-03-02")']), dmn, n=1)
    assert outcome.to_json() == {
        "decision_id": "table",
        "decision_name": "表",
        "kind": "DECISION_TABLE",
        "value": "2026-03-02",
        "inputs": [{"id": "in1", "name": "n", "value": 1}],
        "matched": [{"rule_id": "r1", "index": 1, "outputs": [{"id": "out1", "name": "due", "value": "2026-03-02"}]}],
        "warnings": [],
        "required": [],
    }


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('hitPolicy="UNIQUE"', 'hitPolicy="BEST"'), "BEST"),
        (('hitPolicy="UNIQUE"', 'hitPolicy="PRIORITY"'), "输出值的先后"),
        (('hitPolicy="UNIQUE"', 'aggregation="SUM"'), "只有 COLLECT"),
        (('hitPolicy="UNIQUE"', 'hitPolicy="COLLECT" aggregation="AVG"'), "AVG"),
        (('hitPolicy="UNIQUE"', 'hitPolicy="COLLECT" aggregation="SUM"'), "只能有一个输出"),
        (('name="y"', 'name="x"'), "名称"),
        (('<output id="out2" name="y">', '<output id="out2">'), "名称"),
        (("<text>a</text>", "<text> </text>"), "缺少输入表达式"),
        (
            ('<rule id="r1">', '<rule id="r1"><inputEntry><text>1</text></inputEntry>'),
            "2 个条件、2 个结果，应为 1 和 2",
        ),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(dmn: Dmn, change: tuple[str, str], complaint: str) -> None:
    table = dmn.table(["a"], ["x", "y"], ["1 | 2 | 3"])
    assert change[0] in table
    with pytest.raises(DmnError, match=complaint):
        parse_decisions(dmn.file(table.replace(*change)))


def test_a_table_without_rules_is_refused(dmn: Dmn) -> None:
    with pytest.raises(DmnError, match="没有规则"):
        parse_decisions(dmn.file(dmn.table(["a"], ["x"], [])))


def test_an_order_that_costs_too_much_is_refused(dmn: Dmn) -> None:
    values = {"x": f"{ENDLESS}, 1"}
    with pytest.raises(DmnError, match="输出“x”"):
        parse_decisions(dmn.file(dmn.table(["n"], ["x"], ["- | 1"], hit_policy="PRIORITY", output_values=values)))


def test_every_bad_cell_is_told_with_table_rule_column_and_position(dmn: Dmn) -> None:
    rules = ['"a", | 1', '"b" | 2', '"c" | 3 +']
    with pytest.raises(DmnError) as error:
        parse_decisions(dmn.file(dmn.table(["大类"], ["级别"], rules, name="派遣")))
    first, second = error.value.problems
    assert first.element_id == "r1c1"
    assert "“派遣”规则 1 列“大类”" in first.text
    assert "第 1 行第 5 列" in first.text
    assert second.element_id == "r3c2"
    assert "规则 3 列“级别”" in second.text


def test_a_table_with_an_unknown_aggregation_can_still_be_looked_at(dmn: Dmn) -> None:
    table = dmn.table(["n"], ["o"], ["- | 1"], hit_policy="COLLECT", attributes='aggregation="AVERAGE"')
    model = read_decisions(dmn.file(table))
    assert "AVERAGE" in model.problems[0].text
    assert model.evaluate("table", {"n": 1}).value == [1]
