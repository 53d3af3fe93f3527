"""Functions over contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.values.python import entries

if TYPE_CHECKING:
    from workflows.feel.run import Run

Context = dict[str, Any]
MAX_KEYS = 100


@builtin("get value(m: context, key: string)", "get value(context: context, key: string)")
def get_value(m: Context, key: str) -> Any:
    if key not in m:
        raise NoValue(f"上下文里没有 {key[:40]} (no such entry)")
    return m[key]


@builtin("get value(context: context, keys: list)", weight=4)
def get_value_at(context: Context, keys: list[Any]) -> Any:
    value: Any = context
    for key in keys:
        if type(value) is not dict or type(key) is not str or key not in value:
            raise NoValue("上下文里没有这一项 (no such entry)")
        value = value[key]
    return value


@builtin("get entries(m: context)", "get entries(context: context)", weight=16)
def get_entries(m: Context) -> list[Context]:
    return [{"key": key, "value": value} for key, value in entries(m)]


@builtin("context(entries: list)", weight=16)
def from_entries(entries: list[Any]) -> Context:
    context: Context = {}
    for entry in entries:
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            raise NoValue("每一项应为 {key: 字符串, value: 值} (an entry has a key and a value)")
        if entry["key"] in context:
            raise NoValue(f"{entry['key'][:40]} 出现两次 (the same key twice)")
        context[entry["key"]] = entry["value"]
    return context


@builtin("context put(context: context, key: string, value: any)", weight=4)
def put(context: Context, key: str, value: Any) -> Context:
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: any)", run=True)
def put_at(run: Run, context: Context, keys: list[Any], value: Any) -> Context:
    run.charge(4 + (len(context) >> 2))
    if not 0 < len(keys) <= MAX_KEYS or type(keys[0]) is not str:
        raise NoValue(f"keys 应为 1 至 {MAX_KEYS} 个字符串 (keys are strings)")
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if inner is None:
        inner = {}  # the standard is silent about what is not there; Camunda makes it
    if type(inner) is not dict:
        raise NoValue(f"{keys[0][:40]} 不是上下文 (is no context)")
    return {**context, keys[0]: put_at(run, inner, keys[1:], value)}


@builtin("context merge(contexts: list)", run=True)
def merge(run: Run, contexts: list[Any]) -> Context:
    run.charge(2 * len(contexts))
    if not all(type(context) is dict for context in contexts):
        raise NoValue("只能合并上下文 (only contexts can be merged)")
    run.charge(sum(map(len, contexts)))
    return {key: value for context in contexts for key, value in context.items()}
