"""Type expressions: what follows ``instance of``, and the types of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.feel.names import KEYWORDS, NameTable
from workflows.feel.tokens import Kind
from workflows.feel.types import SIMPLE, ContextType, FunctionType, ListType, RangeType, Type

if TYPE_CHECKING:
    from workflows.feel.cursor import Cursor

_TYPES = NameTable(SIMPLE)  # date and time, …


def parse_type(cursor: Cursor) -> Type:
    with cursor.deeper():
        if cursor.take("function"):
            return _function(cursor)
        name = cursor.known_in(_TYPES) or _name(cursor)
        if name in {"list", "range"} and cursor.take("<"):
            inner = parse_type(cursor)
            cursor.expect(">")
            return ListType(inner) if name == "list" else RangeType(inner)
        if name == "context" and cursor.take("<"):
            return _context(cursor)
        known = SIMPLE.get(name) or cursor.vocabulary.types.get(name)
        if known is None:
            raise cursor.error(f"没有类型 {name} (there is no such type)", "number, string, list<…>, …")
        return known


def _name(cursor: Cursor) -> str:
    """A built-in type of one word, or the name of an item definition; an imported one has dots."""
    words: list[str] = []
    while cursor.token.kind is Kind.QUOTED or (cursor.token.kind is Kind.WORD and cursor.token.text not in KEYWORDS):
        words.append(str(cursor.advance().value))
        if words[0] in SIMPLE:
            break
        while cursor.take("."):
            words[-1] += "." + str(cursor.advance().value)
    if not words:
        raise cursor.error("缺少类型 (a type is missing)", "number, string, list<…>, …")
    return " ".join(words)


def _context(cursor: Cursor) -> Type:
    entries: list[tuple[str, Type]] = []
    while not cursor.at(">"):
        name = cursor.declared_name(":")
        cursor.expect(":")
        entries.append((name, parse_type(cursor)))
        if not cursor.take(","):
            break
    cursor.expect(">")
    return ContextType(tuple(entries))


def _function(cursor: Cursor) -> Type:
    cursor.expect("<")
    parameters: list[Type] = []
    while not cursor.at(">"):
        parameters.append(parse_type(cursor))
        if not cursor.take(","):
            break
    for sign in (">", "-", ">"):
        cursor.expect(sign)
    return FunctionType(tuple(parameters), parse_type(cursor))
