"""JSON Schema with answers a clerk understands: where it is wrong, and what is wanted there."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, SchemaError

from workflows.governance import patterns
from workflows.governance.validating import Validator, bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import ValidationError

Schema = dict[str, Any]
Problem = dict[str, str]  # pointer (RFC 6901), message

FOLDER = "registers"  # of a pack: its JSON files are registers, each with its schema beside it
SCHEMA = ".schema.json"

#: What Python's expressions are behind, which can run away.
_UNSUPPORTED = ("patternProperties",)
_TYPES = {
    "string": "文字",
    "integer": "整数",
    "number": "数字",
    "boolean": "是或否",
    "array": "列表",
    "object": "对象",
    "null": "空",
}
_MESSAGES = {
    "minLength": "至少 {} 个字",
    "maxLength": "最多 {} 个字",
    "minimum": "不能小于 {}",
    "maximum": "不能大于 {}",
    "minItems": "至少 {} 项",
    "maxItems": "最多 {} 项",
    "pattern": "格式不对",
    "const": "只能是 {}",
}


def unusable(schema: Any) -> str | None:
    """Why this is no JSON Schema 2020-12 that can be used here, or None. It refers to nothing outside its own file."""
    if not isinstance(schema, dict):
        return "须是 JSON 对象 (must be an object)"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"
    every = list(_inside(schema))
    if reason := next(filter(None, map(_beyond, every)), None):
        return reason
    lost = [ref for inner in every for ref in _refs(inner) if not isinstance(_led_to(schema, ref), dict | bool)]
    if lost:
        return f"$ref {lost[0]}: 文件里没有 (not in the file)"
    try:
        TopologicalSorter({id(inner): map(id, _in_place(schema, inner)) for inner in every}).prepare()
    except CycleError:
        return "$ref 循环引用，没有尽头 (refers to itself without end)"
    return None


def _beyond(schema: dict[str, Any]) -> str | None:
    """What this schema has that is not done here, whatever is inside it."""
    for name in _UNSUPPORTED:
        if isinstance(schema.get(name), dict) and "type" not in schema[name]:
            return f"不支持 {name} (not supported)"
    pattern = schema.get("pattern")
    reason = patterns.wrong(pattern) if isinstance(pattern, str) else None
    return f"pattern {pattern}: {reason}" if reason else None


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, itself included."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _inside(inner)


def _refs(schema: dict[str, Any]) -> list[str]:
    return [ref for name in ("$ref", "$dynamicRef") if isinstance(ref := schema.get(name), str)]


def _in_place(root: Any, schema: dict[str, Any]) -> Iterator[Any]:
    """The schemas that the same value is held against."""
    yield from (_led_to(root, ref) for ref in _refs(schema))
    for name in ("allOf", "anyOf", "oneOf", "not", "if", "then", "else"):
        inner = schema.get(name)
        yield from inner if isinstance(inner, list) else [inner]


def _led_to(schema: Any, ref: str) -> Any:
    """What a pointer into the same file (RFC 6901) leads to, or None."""
    root, *names = unquote(ref).split("/")
    try:
        for name in names:
            key = name.replace("~1", "/").replace("~0", "~")
            schema = schema[int(key)] if isinstance(schema, list) else schema[key]
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    return schema if root == "#" else None


def problems(schema: Schema, value: Any, budget: int | None = None) -> list[Problem]:
    """Every place where the value breaks the schema; empty when it is valid. TooComplex."""
    with bounded(budget):
        errors = sorted(Validator(schema).iter_errors(value), key=lambda error: error.json_path)
    found: dict[str, str] = {}
    for error in errors:
        for pointer, message in _explained(error):
            found.setdefault(pointer, message)
    return [{"pointer": pointer, "message": message} for pointer, message in found.items()]


def sentence(found: list[Problem]) -> str:
    """The first problems in one line."""
    shown = "；".join(f"{problem['pointer'] or '/'} {problem['message']}" for problem in found[:3])
    return shown if len(found) <= 3 else f"{shown} …共 {len(found)} 处"  # noqa: PLR2004


def _explained(error: ValidationError) -> list[tuple[str, str]]:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.absolute_path)
    wanted: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            return [(f"{pointer}/{name}", "必填") for name in wanted if name not in instance]
        case "additionalProperties":
            return [(f"{pointer}/{name}", "没有这一项") for name in _unknown(error.schema, instance)]
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            return [(pointer, f"应为{'或'.join(_TYPES[name] for name in names)}")]
        case "enum":
            return [(pointer, _one_of(wanted))]
        case "oneOf" | "anyOf" if said := _alternatives(wanted, exclusive=error.validator == "oneOf"):
            return [(pointer, said)]
    template = _MESSAGES.get(str(error.validator))
    return [(pointer, template.format(wanted) if template else "不符合要求")]


def _alternatives(choices: list[Any], *, exclusive: bool) -> str | None:
    """Constants, or fields, of which one is wanted; None where they are of another kind."""
    if all("const" in choice for choice in choices):
        return _one_of([choice["const"] for choice in choices])
    if all(choice.keys() == {"required"} for choice in choices):
        names = "、".join("和".join(choice["required"]) for choice in choices)
        return f"{names} {'必填其中一项，也只能填一项' if exclusive else '至少填其中一项'}"
    return None


def _one_of(choices: list[Any]) -> str:
    return f"只能是 {'、'.join(map(str, choices))}"


def _unknown(schema: Any, instance: dict[str, Any]) -> list[str]:
    return [name for name in instance if name not in schema.get("properties", {})]
