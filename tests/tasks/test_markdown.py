"""Where Markdown is read, names and labels stay what they are."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from tasks.markdown import LONGEST, shown, table

HOSTILE = (
    "![](http://example.org/x.png)",
    "[点我](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "<http://example.org>",
    "处|置\n| 级别 |\n\n# 作废",
    "# 作废",
    "---",
    "===",
    "- 甲",
    "+ 甲",
    "1. 甲",
    "1) 甲",
    "`a` **b** _c_ ~~d~~ \\| &lt;",
    "\u202egnp.exe",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_it_is_a_paragraph_of_text_and_nothing_else(text: str) -> None:
    opened, inline, closed = MarkdownIt("commonmark").enable("strikethrough").parse(shown(text))
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or ()) == " ".join(text.replace("\u202e", " ").split())


@pytest.mark.parametrize("text", ["见 https://example.org/x", "HTTP://example.org", "www.example.org", "a@example.org"])
def test_no_address_becomes_a_link_by_itself(text: str) -> None:
    """As GitHub's Markdown makes them, which the pages of Prefect read."""
    assert not any(sign in shown(text).lower() for sign in ("://", "www.", "@example"))


@pytest.mark.parametrize("text", ["2026-000001", "grid-lead@G07", "12.5%", "03-02 15:04", "07号网格", "—"])
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert shown(text) == text


def test_of_a_table_the_texts_are_cut_and_numbers_stay_numbers() -> None:
    assert table([{"部门": "<b>", "在办": 3, "比率": None}]) == [{"部门": "&#60;b&#62;", "在办": 3, "比率": None}]
    assert len(table([{"部门": "长" * 999}])[0]["部门"]) == LONGEST
