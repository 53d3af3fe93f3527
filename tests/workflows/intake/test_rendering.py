"""Templates and data of documents: what is written is what was meant, and nothing of it does harm."""

from __future__ import annotations

import pytest

from tests.support import papers
from workflows.intake.rendering import MAX_CHARACTERS, Unprintable, render
from workflows.store.json import loads

DATA = {"title": "决定书", "number": "样〔2026〕第1号", "name": "甲", "none": None, "items": ["一", "二"]}


def body_of(template: str, **data: object) -> str:
    page = render(template, DATA | data)
    return page.partition("<body>\n")[2].partition("\n</body>")[0]


def test_a_page_is_whole_chinese_and_of_the_size_that_is_printed() -> None:
    page = render("<p>{{ name }}</p>", DATA)
    assert page.startswith('<!DOCTYPE html>\n<html lang="zh-CN">')
    assert "<title>决定书 样〔2026〕第1号</title>" in page
    assert "size: A4" in page
    assert body_of("<p>{{ name }}</p>") == "<p>甲</p>"


@pytest.mark.parametrize("name", papers.TEMPLATES)
def test_the_samples_write_their_examples(name: str) -> None:
    example = papers.manifest(name)["example"]
    assert "示例文书" in papers.written(name)
    assert example["facts"][0]["text"] if isinstance(example["facts"][0], dict) else example["facts"][0]


def test_what_is_written_again_is_the_same_page() -> None:
    assert papers.written() == papers.written()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('"><img src=x onerror=alert(1)>', '"&gt;&lt;img src=x onerror=alert(1)&gt;'),
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
        ("</p></body><!DOCTYPE x>", "&lt;/p&gt;&lt;/body&gt;&lt;!DOCTYPE x&gt;"),
        ("&amp;", "&amp;amp;"),
        ("铃\x07响\x00", "铃\ufffd响\ufffd"),
        ("𠮷", "𠮷"),
    ],
)
def test_data_is_text_whatever_it_looks_like(value: str, written: str) -> None:
    assert body_of("<p>{{ name }}</p>", name=value) == f"<p>{written}</p>"


def test_what_looks_like_markup_in_the_title_is_text() -> None:
    page = render("<p>1</p>", DATA | {"title": "</title><script>1</script>"})
    assert "<script>" not in page


def test_numbers_keep_every_digit() -> None:
    assert body_of("<p>{{ x }}</p>", x=loads("4.50")) == "<p>4.50</p>"


def test_what_is_not_given_can_be_asked_for_and_not_written() -> None:
    asked = "{% if missing %}<p>1</p>{% endif %}<p>{{ missing or 'nobody' }}</p>"
    assert body_of(asked) == "<p>nobody</p>"
    for template in ("<p>{{ missing }}</p>", "{% for x in missing %}{% endfor %}", "<p>{{ name.first }}</p>"):
        with pytest.raises(Unprintable):
            render(template, DATA)


def test_days_are_written_without_zeros() -> None:
    assert body_of('<p>{{ "2026-03-02" | day }} {{ "2026-11-30T08:00:00+08:00" | day }}</p>') == (
        "<p>2026年3月2日 2026年11月30日</p>"
    )


HOSTILE = {
    "attributes of Python": "{{ name.__class__.__mro__ }}",
    "subscripts of Python": '{{ name["__class__"]["__base__"] }}',
    "attributes by filter": '{{ name | attr("__class__") }}',
    "globals of a function": "{{ range.__globals__ }}",
    "globals of a macro": "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "format strings": '{{ "{0.__class__}".format(name) }}',
    "format_map": '{{ "{x.__class__}".format_map({"x": 1}) }}',
    "the template itself": "{{ self.__init__.__globals__ }}",
    "including files": '{% include "/etc/passwd" %}',
    "importing files": '{% import "os" as os %}',
    "changing what is given": '{{ items.append("三") }}',
    "a filter that trusts": "<p>{{ name | safe }}</p>",
    "much text": "{{ 'x' * 300000 }}",
    "much text by loops": "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
    "a long range": "{% for a in range(10 ** 9) %}{% endfor %}",
    "endless macros": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "an error": "<p>{{ 1 / 0 }}</p>",
    "a syntax error": "{% if %}",
    "scripts": "<script>alert(1)</script>",
    "scripts without escapes": "{% autoescape false %}{{ '<script>1</script>' }}{% endautoescape %}",
    "handlers": '<p onclick="alert(1)">x</p>',
    "links": '<a href="https://example.org">x</a>',
    "pictures": '<img src="https://example.org/x.png"/>',
    "styles": "<style>@import 'https://example.org'</style>",
    "style attributes": '<p style="background: url(https://example.org)">x</p>',
    "unknown classes": '<p class="notice">x</p>',
    "spans without end": '<table><tr><td colspan="999">x</td></tr></table>',
    "frames": '<iframe srcdoc="x"></iframe>',
    "entities": "&nbsp;",
    "document types": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;</p>',
    "other namespaces": '<x:p xmlns:x="urn:x">x</x:p>',
    "default namespaces": '<p xmlns="http://www.w3.org/2000/svg">x</p>',
    "elements that do not end": "<p>x",
    "ending the page": "</body><p>x</p><body>",
}


@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_is_refused_and_told_why(template: str) -> None:
    with pytest.raises(Unprintable) as refused:
        render(template, DATA)
    assert str(refused.value)


def test_comments_and_instructions_do_not_reach_the_page() -> None:
    assert body_of("<p>1<!-- <script> --><?php x ?></p>{# note #}") == "<p>1</p>"


def test_a_document_of_the_largest_size_is_written() -> None:
    assert len(body_of("<p>{{ 'x' * n }}</p>", n=MAX_CHARACTERS - 7)) == MAX_CHARACTERS
