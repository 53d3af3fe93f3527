"""Random boxed expressions give what the same FEEL gives as text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.decisions.conftest import Dmn
from workflows.decisions import read_decisions

if TYPE_CHECKING:
    from workflows.decisions import Outcome

DMN = Dmn()
VARIABLES = {"n": 3, "l": [1, 2, 3], "s": "a", "c": {"a": 1, "b": None}, "x y": 7}
INPUTS = "".join(DMN.input_data(name) for name in VARIABLES)
NAMES = ["a", "b", "n", "x y", "item", "e 1"]
LITERALS = [
    *["1", "2.5", '"a"', "null", "true", "false", "[]", "[1, 2, 3]", "{a: 1}", "[[1]]", "[1..3]", "l[1]", "-n"],
    *["n", "l", "s", "c", "x y", "missing", "c.a", "n + 1", 'date("2020-01-01")', "n > 2", "l[item > 1]", "count(l)"],
    *["partial", "item", "item.a", "n = null", "not(n)", "if n then 1 else 2", "{item: 1}.item", "e 1", "b"],
]


class Same(NamedTuple):
    """One meaning, as text and as boxes."""

    text: str
    boxes: str


def literal(text: str) -> Same:
    return Same(f"({text})", DMN.feel(text))


COUNTED = Same("1..3", DMN.feel("1..3"))


def conditional(test: Same, then: Same, otherwise: Same) -> Same:
    """In a box only a boolean or null is a condition."""
    is_one = f"{test.text} instance of boolean or {test.text} = null"
    return Same(
        f"(if {is_one} then (if {test.text} then {then.text} else {otherwise.text}) else null)",
        f"<conditional><if>{test.boxes}</if><then>{then.boxes}</then><else>{otherwise.boxes}</else></conditional>",
    )


def listing(items: list[Same]) -> Same:
    texts, boxes = ", ".join(each.text for each in items), "".join(each.boxes for each in items)
    return Same(f"[{texts}]", f"<list>{boxes}</list>")


def context(entries: list[tuple[str, Same]], result: Same | None) -> Same:
    texts = [f"{name}: {value.text}" for name, value in entries]
    boxes = "".join(f'<contextEntry><variable name="{name}"/>{value.boxes}</contextEntry>' for name, value in entries)
    if result is None:
        return Same(f"{{{', '.join(texts)}}}", f"<context>{boxes}</context>")
    texts.append(f"result_: {result.text}")
    return Same(
        f"({{{', '.join(texts)}}}.result_)", f"<context>{boxes}<contextEntry>{result.boxes}</contextEntry></context>"
    )


def relation(names: list[str], rows: list[tuple[Same, Same]]) -> Same:
    cells = [list(zip(names, row, strict=False)) for row in rows]
    texts = (f"{{{', '.join(f'{name}: {cell.text}' for name, cell in row)}}}" for row in cells)
    columns = "".join(f'<column name="{name}"/>' for name in names)
    boxes = (f"<row>{''.join(cell.boxes for _, cell in row)}</row>" for row in cells)
    return Same(f"[{', '.join(texts)}]", f"<relation>{columns}{''.join(boxes)}</relation>")


def iteration(kind: str, name: str, source: Same, each: Same) -> Same:
    body, text = "return", each.text
    if kind != "for":
        body, text = "satisfies", f"(if {text} instance of boolean then {text} else null)"
    return Same(
        f"({kind} {name} in {source.text} {body} {text})",
        f'<{kind} iteratorVariable="{name}"><in>{source.boxes}</in><{body}>{each.boxes}</{body}></{kind}>',
    )


def filtered(items: Same, match: Same) -> Same:
    boxes = f"<filter><in>{items.boxes}</in><match>{match.boxes}</match></filter>"
    return Same(f"({items.text}[{match.text}])", boxes)


def invocation(name: str, body: Same, argument: Same) -> Same:
    return Same(
        f"((function({name}) {body.text})({name}: {argument.text}))",
        f'<invocation><functionDefinition><formalParameter name="{name}"/>{body.boxes}</functionDefinition>'
        f'<binding><parameter name="{name}"/>{argument.boxes}</binding></invocation>',
    )


def larger(part: st.SearchStrategy[Same]) -> st.SearchStrategy[Same]:
    name = st.sampled_from(NAMES)
    entry = st.tuples(name, part)
    columns = st.lists(name, min_size=1, max_size=2, unique=True)
    return st.one_of(
        st.builds(conditional, part, part, part),
        st.builds(listing, st.lists(part, max_size=3)),
        st.builds(context, st.lists(entry, max_size=3, unique_by=lambda each: each[0]), st.none() | part),
        st.builds(relation, columns, st.lists(st.tuples(part, part), min_size=1, max_size=2)),
        st.builds(iteration, st.sampled_from(["for", "some", "every"]), name, part | st.just(COUNTED), part),
        st.builds(filtered, part, part),
        st.builds(invocation, name, part, part),
    )


def outcome(boxes: str) -> Outcome | None:
    """Of a file without problems."""
    model = read_decisions(DMN.file(INPUTS, DMN.boxed("d", boxes, requires=DMN.requires(inputs=tuple(VARIABLES)))))
    return None if model.problems else model.evaluate("d", VARIABLES)


def told(found: Outcome | None) -> Any:
    """Values as text, since functions and NaN have no equal and 1 is True in Python."""
    return None if found is None else (repr(found.value),)


@settings(max_examples=300)
@given(st.recursive(st.sampled_from(LITERALS).map(literal), larger, max_leaves=6))
def test_boxes_give_what_their_text_gives(same: Same) -> None:
    text = f"<literalExpression><text>{escape(same.text)}</text></literalExpression>"
    assert told(outcome(same.boxes)) == told(outcome(text))
