"""The press: a hostile template costs its document, and nobody else anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import papers
from workflows.intake import press
from workflows.intake.rendering import Unprintable, render

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = papers.data()


@pytest.fixture(autouse=True)
def _few_seconds() -> Iterator[None]:
    press.render("<p>warm</p>", DATA)
    press.PRESS.seconds = 1.0
    yield
    press.PRESS.seconds = press.SECONDS


def test_what_is_pressed_is_what_is_rendered() -> None:
    assert press.render(papers.body(), DATA) == render(papers.body(), DATA)
    assert press.print_pdf(papers.written()).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "<p>{{ 10 ** (10 ** 10) }}</p>",
        "<p>{{ ('x' * 2000000000) | length }}</p>",
    ],
    ids=["time", "arithmetic", "memory"],
)
def test_what_takes_too_much_is_refused_and_the_press_goes_on(template: str) -> None:
    with pytest.raises(Unprintable, match="上限"):
        press.render(template, DATA)
    assert "不予行政处罚决定书" in press.render(papers.body(), DATA)


def test_what_is_wrong_with_a_template_is_told() -> None:
    with pytest.raises(Unprintable, match="script"):
        press.render("<script/>", DATA)
    with pytest.raises(Unprintable, match="𠮷"):
        press.print_pdf(render("<p>𠮷</p>", DATA))
