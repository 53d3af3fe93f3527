"""Files that someone spoiled are read, evaluated and analysed, or refused with reasons; nothing else happens."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from workflows.decisions import DecisionError, DmnError, read_decisions
from workflows.decisions.examining import examine

PACKS = Path(__file__).parents[3] / "bpmn"
FILES = sorted(each for each in PACKS.glob("*/*.dmn") if each.stat().st_size < 20_000)
ATTRIBUTES = ["id", "name", "href", "typeRef", "hitPolicy", "aggregation", "isCollection", "namespace", "label", "kind"]
WORDS = [
    *("", "-", "1", "null", '"a"', "?", "item", "1..5", "[1, 2]", "{a: 1}", "not(1)", "today()", "function(x) x"),
    *("> 5", "-1", '"a", "b"', "[1..3]", "1e400", "?.a", "@", "number", "string", "list", "x:A", "COLLECT", "PRIORITY"),
    *("SUM", "decision", "decisionTable", "text", "context", "variable", "inputEntry", "true"),
]
DATA: list[Any] = [None, 1, -1.5, "a", "2020-01-01", True, [], [[1], None], {"a": 1}, 10**30, float("nan")]


def spoil(draw: st.DrawFn, root: Any) -> None:
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    inner = elements[1:]
    if not inner:  # dropped before
        return
    one, other = draw(st.sampled_from(inner)), draw(st.sampled_from(inner))
    match draw(st.sampled_from(["drop", "twice", "within", "rename", "text", "text", "attribute", "attribute"])):
        case "drop":
            one.getparent().remove(one)
        case "twice":
            one.addnext(deepcopy(other))
        case "within":
            one.append(deepcopy(other))
        case "rename":
            one.tag = other.tag
        case "text":
            texts = [each for each in inner if (each.text or "").strip()] or inner
            draw(st.sampled_from(texts)).text = draw(st.sampled_from([*WORDS, *(each.text or "" for each in texts)]))
        case _:
            name = draw(st.sampled_from(ATTRIBUTES))
            found = [each.get(name) for each in elements if each.get(name)]
            one.set(name, draw(st.sampled_from([*WORDS, *found, *(f"#{each}" for each in found)])))


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A file and those beside it."""
    file = draw(st.sampled_from(FILES))
    root = etree.fromstring(file.read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        spoil(draw, root)
    return etree.tostring(root), [each.read_bytes() for each in FILES if each.parent == file.parent and each != file]


@settings(max_examples=150)
@given(spoilt(), st.data())
def test_a_spoilt_file_raises_nothing_but_what_is_said(files: tuple[bytes, list[bytes]], data: st.DataObject) -> None:
    try:
        model = read_decisions(*files)
    except DmnError:
        return
    names = {each.name for each in model.elements.values()}
    for each in [*model.decisions, *model.invocables]:
        with suppress(DecisionError):
            assert model.evaluate(each, {name: data.draw(st.sampled_from(DATA)) for name in sorted(names)})
    assert len(list(examine(model))) == len(model.tables)


@pytest.mark.parametrize("length", [0, 1, 100, 1000])
def test_a_file_cut_short_is_refused(length: int) -> None:
    with pytest.raises(DmnError, match="XML"):
        read_decisions(FILES[0].read_bytes()[:length])
