"""Inputs that no rule covers, as people would say it."""

from __future__ import annotations

import pytest

LEVELS = '危害: string = "轻微", "较重", "严重"'


def chinese(texts: list[str]) -> list[str]:
    return [text.partition(" (no rule")[0].partition(" (perhaps")[0] for text in texts]


def test_a_gap_is_told_as_a_range_with_an_example(texts) -> None:
    assert texts(["次数: number"], ["< 5", "(5..9]", "> 12.5"]) == [
        (
            "warning: 没有规则涵盖 次数 = 5 或 9 < 次数 <= 12.5 的情形，例如 次数 = 5 "
            "(no rule covers 次数 = 5 or 9 < 次数 <= 12.5, for example 次数 = 5)"
        )
    ]


@pytest.mark.parametrize(
    ("type", "rules", "said"),
    [
        ("number", ["< 0.1", "> 0.25"], "0.1 <= 甲 <= 0.25 的情形，例如 甲 = 0.1"),
        ("number", ["<= -1", "> 10"], "-1 < 甲 <= 10 的情形，例如 甲 = 0"),
        ("boolean", ["true"], "甲 = false 的情形"),
        ("date", ['<= date("2024-06-30")', '>= @"2024-07-02"'], "2024-06-30 < 甲 < 2024-07-02 的情形，例如 甲 = 2024-07-01"),
        ("time", ['< time("08:00:00")', '> @"17:30:00"'], "08:00:00 <= 甲 <= 17:30:00 的情形，例如 甲 = 08:00:00"),
        ("date and time", ['< @"2024-01-01T00:00:00+08:00"', '> @"2024-01-01T00:00:00+08:00"'], "甲 = 2024-01-01T00:00:00+08:00 的情形"),
        ("days and time duration", ['< duration("P1D")', '> @"P7D"'], "P1D <= 甲 <= P7D 的情形，例如 甲 = P1D"),
        ("years and months duration", ['<= duration("P1Y")', '> @"P14M"'], "P1Y < 甲 <= P1Y2M 的情形，例如 甲 = P1Y1M"),
    ],
)  # fmt: skip
def test_values_of_every_type_are_written_as_people_write_them(texts, type: str, rules, said: str) -> None:
    assert chinese(texts([f"甲: {type}"], rules)) == [f"warning: 没有规则涵盖 {said}"]


@pytest.mark.parametrize(
    ("type", "rules"),
    [
        ("date", ['<= date("2024-06-30")', '>= date("2024-07-01")']),  # no day lies between
        ("years and months duration", ['<= @"P1Y"', '>= @"P13M"']),
        ("time", ['>= @"00:00:00"']),
        ("boolean", ["true", "false"]),
        ("date and time", ['<= @"2024-01-01T00:00:00Z"', '> @"2024-01-01T08:00:00+08:00"']),
    ],
)
def test_where_nothing_lies_between_there_is_no_gap(texts, type: str, rules) -> None:
    assert texts([f"甲: {type}"], rules) == []


def test_gaps_are_merged_over_columns_and_do_not_repeat_each_other(texts) -> None:
    rules = ['1 | "轻微"', "[2..5] | -", '> 5 | "轻微", "严重"']
    assert chinese(texts(["次数: number = >= 1", LEVELS], rules))[:-1] == [
        'warning: 没有规则涵盖 次数 = 1，且 危害 = "较重" 或 "严重" 的情形，例如 次数 = 1、危害 = "较重"',
        'warning: 没有规则涵盖 次数 > 5，且 危害 = "较重" 的情形，例如 次数 = 6、危害 = "较重"',
    ]


def test_values_that_are_not_allowed_are_no_gap(texts) -> None:
    assert texts(["次数: number = [0..10]"], ["[0..4]", "(4..10]"]) == []


def test_an_allowed_value_that_no_rule_names_is_told_as_that(analysed) -> None:
    (finding,) = analysed([LEVELS, "次数: number"], ['"轻微", "严重" | -']).findings
    assert finding.kind == "MISSING_VALUE"
    assert finding.severity == "warning"
    assert finding.example["危害"].value == "较重"
    assert finding.text == '没有规则涉及允许值 危害 = "较重" (no rule covers the allowed value 危害 = "较重")'


def test_a_point_missing_from_an_allowed_range_is_a_gap_like_any_other(texts) -> None:
    assert chinese(texts(["罚款: number = >= 0"], ["[0..1000)", "> 1000"])) == [
        "warning: 没有规则涵盖 罚款 = 1000 的情形"
    ]


def test_of_an_input_of_any_type_only_its_absence_can_be_told(analysed) -> None:
    (finding,) = analysed(["甲", "乙: boolean"], ["null | -", "- | true"], "FIRST").findings
    assert finding.text.startswith(
        "没有规则涵盖 甲 有值，且 乙 = false 的情形，例如 乙 = false (no rule covers 甲 is not null and"
    )
    assert set(finding.example) == {"乙"}


def test_of_many_ranges_the_first_are_told(texts) -> None:
    (said,) = chinese(texts(["次数: number = [1..9]"], [", ".join(map(str, range(1, 10)))]))
    assert said.startswith("info: 没有规则涵盖 1 < 次数 < 2 或 2 < 次数 < 3 或")
    assert "5 < 次数 < 6 或 另外 3 段 的情形，例如 次数 = 1.5" in said


def test_texts_that_no_rule_names_are_one_remark_with_a_hint(texts) -> None:
    assert texts(["类别: string", "级别: string"], ['"a" | -', '"b" | "x"', '"b" | not("x")']) == [
        (
            'warning: 没有规则涵盖 类别 不是 "a"、"b" 的情形，例如 类别 = "其他"；请声明允许值，或加一条“-”的规则 '
            '(no rule covers 类别 is not "a", "b", for example 类别 = "其他"; '
            'declare the allowed values or add a rule with "-")'
        )
    ]


def test_fractions_between_whole_numbers_are_a_remark_of_their_own(analysed) -> None:
    (finding,) = analysed(["次数: number = [1..20]"], ["[1..4]", "[5..10]", "[11..20]"]).findings
    assert finding.kind == "FRACTIONS"
    assert finding.severity == "info"
    assert finding.text.startswith(
        "没有规则涵盖 4 < 次数 < 5 或 10 < 次数 < 11 的情形，例如 次数 = 4.5；若只取整数，可忽略"
    )


def test_a_gap_of_whole_numbers_is_told_with_the_fractions_among_them(texts) -> None:
    said = chinese(texts(["次数: number", "甲: boolean"], ["< 1 | -", "> 3 | -", "[1..3] | true", "2 | true"], "ANY"))
    assert said == ["warning: 没有规则涵盖 1 <= 次数 <= 3，且 甲 = false 的情形，例如 次数 = 1、甲 = false"]


def test_a_missing_input_is_a_gap_only_where_the_column_speaks_of_it(texts) -> None:
    assert texts(["甲: boolean"], ["true", "false"]) == []
    assert chinese(
        texts(
            ["甲: boolean", "乙: boolean"], ["null | true", "null | false", "true, false | true", "true, false | false"]
        )
    ) == ["info: “乙” 缺失 (null) 时没有规则命中，而“甲”缺失时有规则"]
    assert chinese(texts(["甲: boolean", "乙: boolean"], ["null | true", "not(null) | -"])) == [
        "warning: 没有规则涵盖 甲 缺失 (null)，且 乙 = false 的情形，例如 甲 缺失 (null)、乙 = false"
    ]


def test_a_gap_over_computed_inputs_is_only_possible(analysed) -> None:
    (finding,) = analysed(["f(甲): number"], [">= 1"]).findings
    assert not finding.certain
    assert finding.text.startswith("可能没有规则涵盖 f(甲) < 1 的情形")


@pytest.mark.parametrize("hit_policy", ["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_a_table_that_collects_may_collect_nothing(texts, hit_policy: str) -> None:
    assert texts(["次数: number"], ["> 5"], hit_policy) == []
    assert texts([LEVELS], ['"轻微", "严重"'], hit_policy)[0].startswith("info: 没有规则涉及允许值")


def test_a_default_answers_all_gaps(texts) -> None:
    assert texts(["次数: number", LEVELS], ['1 | "轻微"'], default=True) == []


def test_rules_that_all_can_never_fire_leave_everything_open(texts) -> None:
    assert texts(["次数: number"], ["(5..5)"])[1] == "warning: 没有规则命中任何输入 (no rule matches any input)"


def test_at_most_twenty_gaps_are_listed_the_largest_first(analysed) -> None:
    columns = [f"c{n}: boolean" for n in range(6)]
    odd = [" | ".join("true" if n >> bit & 1 else "false" for bit in range(6)) for n in range(64) if n.bit_count() % 2]
    analysis = analysed(columns, odd)
    assert len(analysis.findings) == 20
    assert analysis.complete
    assert analysis.notes == ("只列出 20 处空缺，还有更多 (only 20 gaps are listed, there are more)",)


def test_a_budget_that_is_used_up_is_said_and_leaves_no_false_finding(analysed) -> None:
    columns = [f"c{n}: boolean" for n in range(6)]
    odd = [" | ".join("true" if n >> bit & 1 else "false" for bit in range(6)) for n in range(64) if n.bit_count() % 2]
    analysis = analysed(columns, odd, steps=5)
    assert not analysis.complete
    assert analysis.findings == ()
    assert analysis.notes == ("组合太多，未能查完所有空缺 (too many combinations to look for all gaps)",)
