"""What the designer of a table is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.decisions.analysis import analyse

LEVELS = '危害: string = "轻微", "较重", "严重"'


# Overlaps.


def test_two_rules_that_one_input_satisfies_are_an_error_of_a_unique_table_with_that_input(analysed) -> None:
    (finding,) = analysed(["次数: number = [0..9]", LEVELS], ["< 2 | -", ">= 1 | -"]).findings
    assert finding.severity == "error"
    assert finding.kind == "OVERLAP"
    assert finding.certain
    assert [rule.id for rule in finding.rules] == ["rule_1", "rule_2"]
    assert finding.columns == ("column_次数",)
    assert {name: each.text for name, each in finding.example.items()} == {"次数": "1", "危害": '"轻微"'}
    assert finding.text == "规则 1 与规则 2 在 次数 = 1 时同时命中 (rules 1 and 2 both match when 次数 = 1)"


def test_rules_that_never_meet_are_not_mentioned(texts) -> None:
    assert texts(["次数: number", LEVELS], ['< 3 | "轻微"', '>= 3 | "轻微"', '- | "较重", "严重"']) == []


@pytest.mark.parametrize("hit_policy", ["FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT"])
def test_overlaps_are_what_other_hit_policies_are_for(texts, hit_policy: str) -> None:
    assert texts(["次数: number"], [">= 3 # 0", "- # 1"], hit_policy) == []


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (("1", "1.0"), []),
        (('"a"', '"b"'), ["error"]),
        (("x + 1", "x + 2"), ["warning"]),  # who knows what x is
        (("x +", "1"), ["warning"]),
    ],
)
def test_rules_of_an_any_table_may_overlap_where_their_outputs_agree(texts, outputs, said) -> None:
    found = texts(["次数: number"], [f"- => {outputs[0]}", f">= 3 => {outputs[1]}"], "ANY")
    assert [text.partition(":")[0] for text in found] == said
    assert all("结果不同" in text for text in found)


@pytest.mark.parametrize(
    ("columns", "severity"),
    [
        (["甲: number", "乙: number"], "error"),
        (["甲: number", "f(甲): number"], "warning"),  # computed from who knows what
        (["甲", "甲.部分: number"], "warning"),  # a part of the other
    ],
)
def test_an_overlap_is_certain_only_where_the_inputs_are_independent(analysed, columns, severity: str) -> None:
    findings = analysed(columns, ["> 1 | > 1", "> 2 | > 2"]).findings
    overlap = next(each for each in findings if each.kind == "OVERLAP")
    assert overlap.severity == severity
    assert overlap.certain == (severity == "error")
    assert ("可能" in overlap.text) == (severity == "warning")


def test_columns_that_read_the_same_are_taken_together(texts) -> None:
    columns = ["金额: number", "金额: number"]
    assert texts(columns, [">= 0 | < 10", ">= 10 | -", "< 0 | -"]) == []
    assert texts(columns, ["- | < 20", ">= 10 | -"]) == [
        "error: 规则 1 与规则 2 在 金额 = 10 时同时命中 (rules 1 and 2 both match when 金额 = 10)"
    ]
    assert any("没有任何值满足 规则 1 的“金额”条件 > 5 与 < 3" in text for text in texts(columns, ["> 5 | < 3"]))


def test_an_overlap_when_an_input_is_missing_is_no_error_unless_a_rule_asks_for_a_missing_one(texts) -> None:
    column = ['甲: string = "a", "b"']
    (said,) = texts(column, ['not("a")', 'not("b")'])
    assert said.startswith("warning: 规则 1 与规则 2 在 甲 缺失 (null) 时同时命中")
    assert texts(column, ['null, "a"', 'not("a")'])[0].startswith("error")


def test_an_overlap_of_fractions_alone_is_no_error_where_the_rules_count_in_whole_numbers(texts) -> None:
    (said,) = texts(["次数: number"], ["< 3", "> 2"])
    assert said.startswith("warning: 规则 1 与规则 2 在 次数 = 2.5 时同时命中；若只取整数，可忽略")
    assert texts(["金额: number"], ["< 2.6", "> 2.5"])[0].startswith("error")


def test_a_rule_without_conditions_in_a_unique_table_is_one_error_with_advice(analysed) -> None:
    (finding,) = analysed(["次数: number"], ["1", "-", "2", "> 2"]).findings
    assert finding.severity == "error"
    assert [rule.index for rule in finding.rules] == [2, 1, 3, 4]
    assert finding.text == (
        "规则 2 没有条件，与规则 1、3、4 都会同时命中，例如在 次数 = 1 时；要它兜底，请把命中策略改为 FIRST，或改用默认输出 "
        "(rule 2 has no conditions and matches together with rules 1, 3 and 4, for example when 次数 = 1; "
        "to catch the rest, use hit policy FIRST or a default output)"
    )


def test_at_most_fifty_overlaps_are_listed(analysed) -> None:
    analysis = analysed(["次数: number"], [f">= {n}" for n in range(20)] + ["< 0"])
    assert len(analysis.findings) == 50
    assert analysis.complete
    assert analysis.notes == ("只列出前 50 处重叠 (only the first 50 overlaps are listed)",)


# Cells that cannot be cut into segments.


def test_of_cells_that_read_variables_no_overlap_is_claimed(texts) -> None:
    assert texts(["金额: number"], ["> 限额", "<= 限额"], names=["限额"]) == []


def test_a_cell_that_reads_a_variable_may_meet_a_rule_with_no_condition(analysed) -> None:
    analysis = analysed(["金额: number", "甲: number"], ["> 限额 | > 1", "- | > 2", "- | <= 2"], names=["限额"])
    first, second = analysis.findings
    assert first.severity == "warning"
    assert first.text == (
        "规则 1 与规则 2 在 甲 = 3 且“金额”取某些值时可能同时命中 "
        "(rules 1 and 2 may both match when 甲 = 3 and for some values of 金额)"
    )
    assert "金额" not in first.example
    assert [rule.index for rule in second.rules] == [1, 3]
    assert "规则 1 的“金额”条件依赖其他变量" in analysis.notes[0]


def test_a_text_function_that_holds_for_a_text_of_another_rule_overlaps_for_certain(texts) -> None:
    found = texts(["编号: string"], ['starts with(?, "E01")', '"E0101"', '"E02"', "today() < ?"])
    assert found == [
        'error: 规则 1 与规则 2 在 编号 = "E0101" 时同时命中 (rules 1 and 2 both match when 编号 = "E0101")'
    ]


def test_of_an_input_of_any_type_no_value_is_tried(texts) -> None:
    assert texts(["附件"], ["string length(?) = 2", "count(?) = 1"]) == []


def test_a_gap_that_a_function_may_cover_is_not_claimed(texts) -> None:
    assert texts(["编号: string"], ['"E02"', 'ends with(?, "-01")']) == []


# Duplicates.


@pytest.mark.parametrize(
    ("hit_policy", "said"),
    [
        ("UNIQUE", "error: 规则 1、3 的条件完全相同，会同时命中"),
        ("FIRST", "warning: 规则 1、3 的条件完全相同，只有最前的会命中"),
        ("PRIORITY", "warning: 规则 1、3 的条件完全相同，只有最优先的会命中"),
        ("COLLECT", "warning: 规则 1、3 的条件和结果完全相同"),
        ("ANY", "warning: 规则 1、3 的条件和结果完全相同"),
    ],
)
def test_equal_conditions_are_told_once_however_they_are_written(texts, hit_policy: str, said: str) -> None:
    found = texts(["次数: number"], ["[3..5] => 1", "< 3 => 2", "? >= 3 and ? <= 5 => 1", "> 5 => 3"], hit_policy)
    assert [text.partition(" (")[0] for text in found] == [said]


def test_a_collect_table_gives_several_outputs_for_the_same_conditions(texts) -> None:
    assert texts(["次数: number"], ["1 => 1", "1 => 2"], "COLLECT") == []


def test_equal_conditions_on_variables_may_never_hold(texts) -> None:
    (said,) = texts(["金额: number"], ["> 限额", "> 限额"], names=["限额"])
    assert said.startswith("warning: 规则 1、2 的条件完全相同")


# Rules that never fire.


def test_a_rule_after_rules_that_cover_it_never_fires_and_only_those_are_named(texts) -> None:
    rules = ["> 90 | -", "< 5 | true", "[5..20] | true", "- | false", "[0..10] | true"]
    found = [text for text in texts(["次数: number", "紧急: boolean"], rules, "FIRST") if "命中：" in text]
    assert found == [
        (
            "warning: 规则 5 永远不会命中：它的情形已全部由优先于它的规则 2、3 涵盖 "
            "(rule 5 never fires: all its inputs are covered by rules 2 and 3)"
        )
    ]


def test_a_last_rule_without_conditions_still_serves_missing_inputs(texts) -> None:
    assert texts(["紧急: boolean"], ["true", "false", "-"], "FIRST") == []
    assert len(texts(["紧急: boolean"], ["true", "false", "null", "-"], "FIRST")) == 1


def test_a_column_without_a_type_may_get_values_that_no_rule_names(texts) -> None:
    rules = ["< 5", ">= 5", "null", "not(null)"]
    assert len(texts(["次数: number"], rules, "FIRST")) == 1
    assert texts(["次数"], rules, "FIRST") == []


def test_what_a_variable_decides_covers_nothing_for_certain(texts) -> None:
    assert texts(["金额: number"], ["> 限额", "<= 限额", "> 5", "-"], "FIRST", names=["限额"]) == []


def test_a_function_that_holds_for_one_text_does_not_cover_all_others(texts) -> None:
    # The text that stands for all others has two characters.
    assert texts(["类别: string"], ["string length(?) = 2", 'not("ab", null)', "-"], "FIRST") == []


# Cells.


@pytest.mark.parametrize("cell", ["(5..5)", '"9"', "? > 3 and ? < 2"])
def test_a_cell_that_no_value_satisfies_is_told(texts, cell: str) -> None:
    found = texts(["次数: number"], ["1", cell, "-"], "FIRST")
    assert found == [
        (
            f"warning: 没有任何值满足 规则 2 的“次数”条件 {cell}，因此永不命中 "
            f"(no value of 次数 satisfies {cell}: rule 2 can never fire)"
        )
    ]


def test_a_range_that_ends_before_it_begins_is_told(texts) -> None:
    broken, idle = texts(["次数: number"], ["1", "[9..7]", "-"], "FIRST")
    assert "the range ends before it begins" in broken
    assert "rule 2 can never fire" in idle


def test_a_cell_that_compares_with_no_value_is_told_since_it_matches_missing_inputs(texts) -> None:
    found = texts(["日期: date"], ['date("2024-02-30")', 'date("2024-02-28")'])
    assert found[0].startswith('warning: 规则 1 的“日期”条件 date("2024-02-30") 无法求值')
    assert "没有这一天" in found[0]


def test_a_value_that_is_not_allowed_is_told(texts) -> None:
    found = texts([LEVELS], ['"轻徽"', '"轻微", "较种"', '"较重", "严重"'])
    assert [text.partition(" (")[0] for text in found] == [
        'warning: 没有任何允许的值满足 规则 1 的“危害”条件 "轻徽"，因此永不命中',
        'warning: 规则 2 的“危害”条件写有 "较种"，不在允许值之内',
    ]


def test_cells_written_for_another_type_are_told_once_and_analysed_as_written(texts) -> None:
    found = texts(["次数: string"], ["< 5", ">= 4"])
    assert found[0].startswith("error: 规则 1 与规则 2 在 次数 = 4 时同时命中")
    assert found[1].startswith("warning: “次数”声明为 string，条件却按 number 写")
    assert len(found) == 2


def test_a_table_without_rules_says_nothing(analysed) -> None:
    assert analysed(["次数: number"], []).findings == ()


def test_two_columns_of_one_name_are_told_apart_in_an_example(analysed, table) -> None:
    grid = table(["甲: number", "乙: boolean"], ["1 | true", "1 | -"])
    grid = replace(grid, columns=(grid.columns[0], replace(grid.columns[1], name="甲")))
    example = analyse(grid).findings[0].example
    assert {name: each.text for name, each in example.items()} == {"甲": "1", "甲 (乙)": "true"}
