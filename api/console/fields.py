"""Forms: a JSON Schema as the fields of a page, and what comes back as the variables it describes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from api.bodies import LARGEST_EXPONENT, parse_json
from api.console.pages import read_clock
from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData

LONG = 100  # a text that may be longer gets more lines
FEW = 6  # so many choices are shown at once
FORMATS = {"date": "date", "date-time": "datetime-local", "email": "email"}


@dataclass
class Field:
    """One field: how it is asked for, what stands in it, what is wrong with it."""

    name: str
    title: str
    kind: str
    hint: str = ""
    required: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)
    value: Any = ""
    error: str = ""
    longest: int | None = None

    def chosen(self, option: str) -> bool:
        return option in self.value if isinstance(self.value, list) else option == self.value


def fields(schema: Mapping[str, Any], answers: Mapping[str, Any], errors: Mapping[str, str]) -> list[Field]:
    """In the order of the schema. ``answers`` are texts as they were typed, ``errors`` sentences by name."""
    required = set(schema.get("required", ()))
    made = []
    for name, said in schema.get("properties", {}).items():
        described = _said(said)
        options = _options(described if described.get("type") != "array" else _said(described.get("items")))
        made.append(
            Field(
                name=name,
                title=described.get("title", name),
                kind=_kind(described, options),
                hint=described.get("description", ""),
                required=name in required,
                options=options,
                value=answers.get(name, ""),
                error=errors.get(name, ""),
                longest=described.get("maxLength"),
            )
        )
    return made


def _kind(described: Mapping[str, Any], options: list[tuple[str, str]]) -> str:  # noqa: PLR0911 - a table
    match described.get("type"):
        case "boolean":
            return "yes-no"
        case "integer" | "number":
            return "number"
        case "array" if options:
            return "checkboxes"
        case "array" if _said(described.get("items")).get("type") == "string":
            return "lines"
        case "string" if options:
            return "radio" if len(options) <= FEW else "select"
        case "string" if described.get("format") in FORMATS:
            return FORMATS[described["format"]]
        case "string":
            return "textarea" if described.get("maxLength", LONG + 1) > LONG else "text"
        case _:
            return "json"


def _said(schema: Any) -> Mapping[str, Any]:
    """What a schema says; ``true`` and ``false`` are schemas that say nothing of a field."""
    return schema if isinstance(schema, dict) else {}


def _options(described: Mapping[str, Any]) -> list[tuple[str, str]]:
    choices = [_said(one) for one in described.get("oneOf", ())]
    if choices and all("const" in one for one in choices):
        return [(str(one["const"]), str(one.get("title", one["const"]))) for one in choices]
    return [(str(one), str(one)) for one in described.get("enum", ())]


def readable(described: Mapping[str, Any], value: Any) -> Any:
    """What was answered as people read it: the title of a choice, a moment on the clock of the city."""
    if isinstance(value, list) and not any(isinstance(one, dict) for one in value):
        return "、".join(str(readable(described.get("items", {}), one)) for one in value)
    if described.get("format") == "date-time" and isinstance(value, str):
        with suppress(ValueError):
            return read_clock(value, "%Y-%m-%d %H:%M")
    return dict(_options(described)).get(str(value), value)


def typed(schema: Mapping[str, Any], form: FormData) -> dict[str, Any]:
    """What was typed, by field: texts, or lists of texts."""
    texts: dict[str, Any] = {}
    for made in fields(schema, {}, {}):
        given = [str(one) for one in form.getlist(made.name)]
        texts[made.name] = given if made.kind == "checkboxes" else "".join(given[:1])
    return texts


def variables(schema: Mapping[str, Any], texts: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed as JSON values. An empty field is absent; what cannot be read stays as typed, to be refused."""
    found = {}
    for made in fields(schema, {}, {}):
        text = texts.get(made.name, "")
        if text in ("", []):
            continue
        found[made.name] = _value(made.kind, text)
    return found


def _value(kind: str, text: Any) -> Any:  # noqa: PLR0911 - a table
    match kind:
        case "yes-no":
            return {"true": True, "false": False}.get(text, text)
        case "number":
            return _number(text)
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "datetime-local":
            return text if text.endswith("Z") or "+" in text else f"{text}:00+08:00"
        case "json":
            try:
                return parse_json(text.encode())
            except Problem:
                return text
        case _:
            return text.replace("\r\n", "\n") if isinstance(text, str) else text


def _number(text: str) -> int | Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    # Beyond what a double holds an integer of a few typed signs has millions of digits.
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        return text
    return int(number) if number == int(number) else number
