"""Documents of which every name and every sentence is hostile: they say it, and do nothing else, on page and paper."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html
from pypdf import PdfReader

from tests.support import papers
from workflows.intake.printing import print_pdf
from workflows.intake.rendering import render

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIED = (
    "{{ 7*7 }}{% include '/etc/passwd' %}{{ config.__class__ }}",
    '<img src="file:///etc/passwd"><svg onload="x()"><script>x()</script>',
    "</p></body></html><iframe src=http://example.org>",
    "</style><style>@import url(http://example.org/x.css); * { display: none }",
    '<font color="white" backColor="white"><a href="javascript:x()">x</a><br/><para>',
    "[x](javascript:x()) ![x](http://example.org/x.png) **粗** `x`",
    "&lt;b&gt; &#60;script&#62; &nbsp; ]]> <!-- <![CDATA[",
)
SAID = {"name", "text", "title", "kindName", "article", "education", "due_text"}
#: What makes a reader of PDF act, fetch, run or open something.
ACTIVE = (
    b"/URI",
    b"/JavaScript",
    b"/JS",
    b"/Launch",
    b"/EmbeddedFile",
    b"/OpenAction",
    b"/AA",
    b"/XObject",
    b"/Annots",
)


def planted(value: Any, text: str, name: str = "") -> Any:
    match value:
        case dict():
            return {key: planted(one, text, key) for key, one in value.items()}
        case list():
            return [planted(one, text, name) for one in value]
        case str() if name in SAID or name == "facts":
            return f"{value} {text}"
        case _:
            return value


def plain(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", papers.TEMPLATES)
@pytest.mark.parametrize("text", TRIED)
def test_a_document_says_it_and_does_nothing(name: str, text: str) -> None:
    page = render(papers.body(name), planted(papers.data(name), text))
    root, sample = (html.document_fromstring(one) for one in (page, papers.written(name)))
    assert shape(root) == shape(sample), "the same page, with more text in it"
    printed = print_pdf(page)
    assert [one for one in ACTIVE if one in printed] == []
    on_page, on_paper = plain(root.body.text_content()), copied(printed)
    for words in (text, *told(papers.data(name))):
        assert plain(words) in on_page
        assert plain(words) in on_paper


def shape(root: Any) -> list[Any]:
    return [(one.tag, *sorted(one.items())) for one in root.iterdescendants()]


def told(value: Any, name: str = "") -> Iterator[str]:
    """What the law wants in it, as the manifest names it."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else ((name, one) for one in value):
            yield from told(one, key)
    elif name == "text":
        yield str(value)


def copied(printed: bytes) -> str:
    """The text of all pages, without the numbers that stand between two of them."""
    pages = PdfReader(BytesIO(printed)).pages
    return "".join(re.sub("—[0-9]+—", "", plain(one.extract_text())) for one in pages)
