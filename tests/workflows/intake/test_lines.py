"""Chinese lines: no mark where it must not stand, no number cut, nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workflows.intake.lines import CLOSING, OPENING, broken

TEXTS = st.text(alphabet="字国A1 .，。《》（）“”、：" + "x", max_size=80)


def width(text: str) -> float:
    return sum(1.0 if ord(character) > 0x2E7F else 0.5 for character in text)


def lines(text: str, *rooms: float) -> list[str]:
    return [line for _, line in broken(text, list(rooms), width)]


def test_the_first_line_may_be_shorter_than_the_others() -> None:
    assert lines("一二三四五六七八九十", 3, 5) == ["一二三", "四五六七八", "九十"]
    assert list(broken("一二三四", [3], width)) == [(0, "一二三"), (2, "四")]


def test_marks_stay_with_what_they_belong_to() -> None:
    assert lines("一二三四五，六", 5) == ["一二三四", "五，六"]
    assert lines("一二三四（五）", 5) == ["一二三四", "（五）"]
    assert lines("依照《处罚法》。", 3) == ["依照", "《处罚", "法》。"]


def test_numbers_and_words_stay_whole_unless_a_line_is_too_short_for_them() -> None:
    assert lines("在2026年3月", 3) == ["在2026", "年3月"]
    assert lines("x" * 7, 2) == ["xxxx", "xxx"]


def test_a_space_at_the_end_does_not_make_a_line_too_long() -> None:
    assert lines("、、、 ", 3, 2) == ["、、、"]


def test_nothing_is_one_empty_line() -> None:
    assert lines("", 5) == [""]


@given(TEXTS, st.integers(2, 12), st.integers(2, 12))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, first: int, others: int) -> None:
    made = lines(text, first, others)
    assert "".join(made).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= room for line, room in zip(made, [first] + [others] * len(made), strict=False))


@given(st.lists(st.sampled_from(["字国", "（字）", "《字》，", "字。", "12"]), max_size=40), st.integers(5, 12))
def test_no_line_of_ordinary_text_begins_or_ends_wrongly(parts: list[str], room: int) -> None:
    made = lines("".join(parts), room)
    assert [line for line in made if line and (line[0] in CLOSING or line[-1] in OPENING)] == []
