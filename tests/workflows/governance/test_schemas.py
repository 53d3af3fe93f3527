from __future__ import annotations

import pytest

from workflows.governance.schemas import problems, sentence

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "limits"],
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^样"},
        "number": {"type": "integer", "minimum": 1, "maximum": 9},
        "unit": {"enum": ["工作时", "工作日"]},
        "fixed": {"const": 7},
        "result": {"oneOf": [{"const": "满意"}, {"const": "不满意"}]},
        "note": {"type": ["string", "null"]},
        "odd": {"not": {"type": "string"}},
        "limits": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "number"}},
    },
}
VALID = {"name": "样例", "limits": [1]}


def test_a_valid_value_has_no_problems():
    assert problems(SCHEMA, VALID) == []


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        ({"name": 7}, "/name", "应为文字"),
        ({"name": "样"}, "/name", "至少 2 个字"),
        ({"name": "样例样例样例"}, "/name", "最多 4 个字"),
        ({"name": "例子"}, "/name", "格式不对"),
        ({"number": 0}, "/number", "不能小于 1"),
        ({"number": 10}, "/number", "不能大于 9"),
        ({"number": True}, "/number", "应为整数"),
        ({"unit": "天"}, "/unit", "只能是 工作时、工作日"),
        ({"fixed": 8}, "/fixed", "只能是 7"),
        ({"result": "还行"}, "/result", "只能是 满意、不满意"),
        ({"note": 1}, "/note", "应为文字或空"),
        ({"odd": "x"}, "/odd", "不符合要求"),
        ({"limits": []}, "/limits", "至少 1 项"),
        ({"limits": [1, 2, 3]}, "/limits", "最多 2 项"),
        ({"limits": [1, "2"]}, "/limits/1", "应为数字"),
        ({"a/b~c": 1}, "/a/b~c", "没有这一项"),
    ],
)
def test_each_problem_is_told_in_chinese_with_its_place(change, pointer, message):
    assert problems(SCHEMA, VALID | change) == [{"pointer": pointer, "message": message}]


def test_every_missing_field_is_named():
    assert [problem["pointer"] for problem in problems(SCHEMA, {})] == ["/name", "/limits"]


def test_the_sentence_shows_three_problems_and_counts_the_rest():
    found = problems(SCHEMA, {"x1": 1, "x2": 2})
    assert sentence(found).endswith("…共 4 处")
    assert sentence(found[:1]) == "/x1 没有这一项"


def test_what_a_choice_makes_necessary_is_asked_for_at_its_own_place():
    dissatisfied = {"if": {"properties": {"result": {"const": "不满意"}}}, "then": {"required": ["comment"]}}
    schema = {"type": "object", "allOf": [dissatisfied]}
    assert problems(schema, {"result": "不满意"}) == [{"pointer": "/comment", "message": "必填"}]
    assert problems(schema, {"result": "满意"}) == []


@pytest.mark.parametrize("given", [{}, {"department": "fire", "trade": "street"}])
def test_of_two_fields_that_exclude_each_other_both_are_named(given):
    schema = {"type": "object", "oneOf": [{"required": ["department"]}, {"required": ["trade"]}]}
    assert problems(schema, given) == [{"pointer": "", "message": "department、trade 必填其中一项，也只能填一项"}]
    assert problems(schema, {"trade": "street"}) == []


def test_of_fields_of_which_one_is_enough_all_are_named():
    schema = {"type": "object", "anyOf": [{"required": ["phone"]}, {"required": ["name", "address"]}]}
    assert problems(schema, {"name": "样例"}) == [{"pointer": "", "message": "phone、name和address 至少填其中一项"}]
