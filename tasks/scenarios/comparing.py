"""What was expected against what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.scenarios.happening import Happened


def differences(expect: dict[str, Any], happened: Happened) -> list[str]:
    """One line for each thing that is not as expected. An open incident never is."""
    found = [f"事故 {incident}" for incident in happened.incidents]
    for name, wanted in expect.items():
        found += CHECKS[name](wanted, happened)
    return found


def _path(wanted: list[str], happened: Happened) -> Iterator[str]:
    yield from _sequence("经过", wanted, happened.path)


def _steps(wanted: list[str], happened: Happened) -> Iterator[str]:
    yield from _sequence("公开步骤", wanted, happened.steps)


def _notices(wanted: list[str], happened: Happened) -> Iterator[str]:
    yield from _sequence("告知", wanted, happened.notices)


def _sequence(what: str, wanted: list[str], found: list[str]) -> Iterator[str]:
    if wanted != found:
        yield f"{what} {' → '.join(found) or '(无)'},应为 {' → '.join(wanted) or '(无)'}"


def _case(wanted: dict[str, Any], happened: Happened) -> Iterator[str]:
    for name, value in wanted.items():
        if value != happened.case.get(name):
            yield f"案件 {name} 是 {happened.case.get(name)!r},应为 {value!r}"


def _decisions(wanted: dict[str, Any], happened: Happened) -> Iterator[str]:
    for name, value in wanted.items():
        if name not in happened.decisions:
            yield f"决策 {name} 没有做出"
        elif not within(value, happened.decisions[name]):
            yield f"决策 {name} 得出 {happened.decisions[name]},应为 {value}"


def _deadlines(wanted: list[dict[str, Any]], happened: Happened) -> Iterator[str]:
    """The clocks of the stages named, all of them in order; none named: there is none at all."""
    stages = {clock["stage"] for clock in wanted}
    found = [clock for clock in happened.deadlines if not stages or clock["stage"] in stages]
    yield from _rows("时限", wanted, found)


def _escalations(wanted: list[dict[str, Any]], happened: Happened) -> Iterator[str]:
    yield from _rows("升级", wanted, happened.escalations)


def _others(wanted: list[dict[str, Any]], happened: Happened) -> Iterator[str]:
    """What was asked or supervised beside, in the order in which it began."""
    yield from _rows("旁的流程", wanted, happened.others)


def _rows(what: str, wanted: list[dict[str, Any]], found: list[dict[str, Any]]) -> Iterator[str]:
    if len(wanted) != len(found):
        yield f"{what}有 {len(found)} 条,应为 {len(wanted)} 条:{[_shown(row) for row in found]}"
        return
    for row, actual in zip(wanted, found, strict=True):
        if not within(row, actual):
            yield f"{what} {_shown(actual)},应为 {_shown(row)}"


def _end(wanted: str, happened: Happened) -> Iterator[str]:
    if wanted != happened.end or happened.state != "COMPLETED":
        yield f"到了 {happened.end or '(未结束)'} {happened.state},应为 {wanted}"


def _variables(wanted: dict[str, Any], happened: Happened) -> Iterator[str]:
    for path, value in wanted.items():
        found: Any = happened.variables
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if not within(value, found):
            yield f"变量 {path} 是 {found!r},应为 {value!r}"


CHECKS: dict[str, Callable[[Any, Happened], Iterator[str]]] = {
    "path": _path,
    "steps": _steps,
    "notices": _notices,
    "case": _case,
    "decisions": _decisions,
    "deadlines": _deadlines,
    "escalations": _escalations,
    "end": _end,
    "variables": _variables,
    "others": _others,
}


def within(wanted: Any, found: Any) -> bool:
    """Equal; of a context only the names that are wanted."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(name in found and within(value, found[name]) for name, value in wanted.items())
    return bool(wanted == found)


def _shown(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in row.items())
