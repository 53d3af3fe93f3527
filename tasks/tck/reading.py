"""Reads the kit's test files (testCases.xsd): what goes in, what is asked, what must come out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lxml import etree

from workflows.feel.errors import NoValue
from workflows.feel.values.temporal_text import parse_date, parse_date_time, parse_duration, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL = f"{_INSTANCE}nil"
_READ: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("decimal", "double", "float", "integer", "int", "long"), Decimal),
    "boolean": lambda text: text in {"true", "1"},
    "date": parse_date,
    "time": parse_time,
    "dateTime": parse_date_time,
    "duration": parse_duration,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One expected result. `invocable` names the decision service or business knowledge model that is called."""

    id: str  # file, case, result
    model: Path
    inputs: dict[str, Any]
    invocable: str
    decision: str
    expected: Any
    may_fail: bool  # the kit calls the null an error result


def read_cases(file: Path) -> Iterator[Case]:
    """Of one file; none when it is something else. A case may ask for several results. Raises ValueError for no XML."""
    try:
        root = etree.parse(file, etree.XMLParser(remove_comments=True, resolve_entities=False)).getroot()
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{file.name}: {error}") from error
    if etree.QName(root).localname != "testCases":
        return
    for case in _all(root, "testCase"):
        inputs = {node.get("name", ""): _value(node) for node in _all(case, "inputNode")}
        for result in _all(case, "resultNode"):
            expected = _first(result, "expected")
            yield Case(
                id=f"{file.stem}/{case.get('id')}/{result.get('name')}",
                model=file.parent / _text(root, "modelName"),
                inputs=inputs,
                invocable=case.get("invocableName", ""),
                decision=result.get("name", ""),
                expected=None if expected is None else _value(expected),
                may_fail=result.get("errorResult") == "true",
            )


def _all(element: etree._Element, name: str) -> list[etree._Element]:
    return [each for each in element if etree.QName(each).localname == name]


def _first(element: etree._Element, name: str) -> etree._Element | None:
    return next(iter(_all(element, name)), None)


def _text(element: etree._Element, name: str) -> str:
    found = _first(element, name)
    return "" if found is None else (found.text or "").strip()


def _value(element: etree._Element) -> Any:
    if (items := _first(element, "list")) is not None:
        return None if items.get(_NIL) == "true" else [_value(item) for item in _all(items, "item")]
    if components := _all(element, "component"):
        return {each.get("name", ""): _value(each) for each in components}
    plain = _first(element, "value")
    if plain is None or plain.get(_NIL) == "true":
        return None
    read = _READ.get(plain.get(f"{_INSTANCE}type", "string").rpartition(":")[2], str)
    try:
        return read(plain.text or "")
    except (NoValue, ArithmeticError):
        return plain.text  # such a text equals no value of ours
