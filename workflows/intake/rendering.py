"""From a template and its data to HTML: Jinja2 in a sandbox, and of HTML the few elements that can be printed."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CHARACTERS = 200_000  # of what a template gives
#: Every element there may be. None of them loads, links, runs or asks for anything.
ELEMENTS = frozenset({
    "h1", "h2", "h3", "p", "br", "hr", "strong", "span", "ul", "ol", "li",
    "table", "thead", "tbody", "tr", "th", "td", "section",
})  # fmt: skip
#: What a ``class`` may say: how a paragraph stands, and where the seal goes.
CLASSES = frozenset({"number", "plain", "right", "note", "seal"})
SPANS = frozenset({"colspan", "rowspan"})
_SPAN = re.compile(r"[1-9]|1[0-9]|20")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORGOTTEN = {
    "globals": ("lipsum", "cycler", "joiner", "namespace"),
    "filters": ("safe", "xmlattr", "urlize", "pprint", "random"),
}
_PARSER: dict[str, Any] = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}

STYLE = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm }
body { max-width: 156mm; margin: 0 auto; font: 14pt/25pt "FangSong", "STFangsong", "Songti SC", "SimSun", serif }
h1, h2 { text-align: center; font-weight: normal; margin: 0; line-height: 1.5 } h1 { font-size: 20pt }
h2 { font-size: 22pt; letter-spacing: .1em } h3 { font-size: 14pt; margin: 12pt 0 0 } p { margin: 0; text-indent: 2em }
p.number { text-align: center; text-indent: 0; margin: 6pt 0 12pt } p.plain, li p, td p { text-indent: 0 }
p.right { text-align: right; text-indent: 0 } p.note { font-size: 10.5pt; line-height: 16pt; text-indent: 0 }
p.notice { border: 1.5pt solid; padding: 4pt 8pt; margin-bottom: 12pt; text-indent: 0 }
ul, ol { margin: 0; padding-left: 2em }
table { border-collapse: collapse; width: 100%; margin: 6pt 0 }
th, td { border: .75pt solid; padding: 3pt 6pt; text-align: left; font-weight: normal; line-height: 18pt }
section.seal { position: relative; margin: 24pt 0 12pt auto; width: 90mm; padding: 12mm 0; break-inside: avoid }
section.seal p { text-align: center; text-indent: 0 }
section.seal::before { content: ""; position: absolute; top: 50%; left: 50%; width: 40mm; height: 40mm; margin: -20mm;
  border: .75pt dashed #999; border-radius: 50% }
"""


class Unprintable(ValueError):
    """What a template gives cannot be printed; says why."""


class Missing(StrictUndefined):
    """What is not given may be asked for, ``{% if %}``; to write it is an error, and not a gap in a decision."""

    __bool__ = Undefined.__bool__  # type: ignore[assignment]


def day(value: Any) -> str:
    """``2026年3月2日``: no zeros before (GB/T 9704)."""
    at = date.fromisoformat(str(value)[:10])
    return f"{at.year}年{at.month}月{at.day}日"


def _environment() -> ImmutableSandboxedEnvironment:
    # With no loader nothing can be included.
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=Missing, trim_blocks=True, lstrip_blocks=True)
    for kind, names in _FORGOTTEN.items():
        for name in names:
            getattr(made, kind).pop(name)
    made.filters["day"] = day
    return made


ENVIRONMENT = _environment()
_compiled = lru_cache(64)(ENVIRONMENT.from_string)


def render(template: str, data: dict[str, Any]) -> str:
    """A whole page of HTML. Unprintable. Time and memory are bounded by whoever runs the process."""
    try:
        text = _bounded(_compiled(template).generate(data))
    except TemplateError as error:
        line = f"第 {error.lineno} 行：" if isinstance(error, TemplateSyntaxError) else ""
        raise Unprintable(f"{line}{error}") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise Unprintable(f"{type(error).__name__}: {error}") from error
    return page(str(data.get("title", "")), str(data.get("number", "")), _printable(text))


def page(title: str, number: str, body: str) -> str:
    """``body`` is of what is printable alone."""
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)} {escape(number)}</title>\n<style>{STYLE}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def marked(html: str, *notices: str) -> str:
    """A page that begins with what must be seen first."""
    shown = "".join(f'<p class="notice">{escape(notice)}</p>\n' for notice in notices)
    return html.replace("<body>\n", f"<body>\n{shown}", 1)


def _bounded(chunks: Iterable[str]) -> str:
    held, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_CHARACTERS:
            raise Unprintable(f"文书超过 {MAX_CHARACTERS} 个字符")
        held.append(chunk)
    return "".join(held)


def _printable(text: str) -> str:
    """The same, having been read and written again: what a browser sees is what was looked through."""
    text = _NO_XML.sub("\ufffd", text)
    try:
        root = etree.fromstring(f"<body>{text}</body>", etree.XMLParser(**_PARSER))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unprintable(f"不是完整的标记：{error}") from error
    for element in root.iterdescendants():
        _check(element)
    return "".join([str(escape(root.text or "")), *(_written(each) for each in root)]).strip()


def _check(element: etree._Element) -> None:
    name = str(element.tag)
    if name not in ELEMENTS:
        raise Unprintable(f"不能用元素 {name[:40]}；可以用 {' '.join(sorted(ELEMENTS))}")
    for attribute, value in element.attrib.items():
        known = (attribute == "class" and value in CLASSES) or (attribute in SPANS and _SPAN.fullmatch(str(value)))
        if not known:
            raise Unprintable(f"元素 {name} 不能带 {str(attribute)[:40]}={str(value)[:40]!r}")


def _written(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode", method="html")
