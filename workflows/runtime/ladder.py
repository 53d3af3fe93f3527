"""The ladder: what its decision says of each rung, checked and in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workflows.calendar import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
MAX_LEVEL = 1_000
MOST_RUNGS = 50
#: What the one who is told may decide: 延期、转办、指定、挂账、联合整治.
POWERS = ("extend", "reassign", "designate", "suspend", "convene")


class LadderInvalid(ValueError):
    """The ladder decision must give a list of {level, at, role, channel, label}."""


def rungs_of(ladder: Any) -> list[Row]:
    """The rungs that a ladder decision gives, in order of level. LadderInvalid.

    Each is {level, at, role} with, as far as wanted: ``after`` {unit, number} counted from there, ``channel`` (one or a
    list), ``label``, ``reply`` {unit, number} to answer in, ``powers`` (one or a list), a ``process`` to start and a
    ``message`` to publish.
    """
    if not isinstance(ladder, list) or len(ladder) > MOST_RUNGS:
        raise LadderInvalid(f"升级梯级须是列表,最多 {MOST_RUNGS} 级,而不是 {ladder!r} (ladder must be a short list)")
    rungs = [_rung(rung, place) for place, rung in enumerate(ladder, 1)]
    rungs.sort(key=lambda rung: rung["level"])
    if twice := sorted(level for level, times in Counter(rung["level"] for rung in rungs).items() if times > 1):
        raise LadderInvalid(f"第 {'、'.join(map(str, twice))} 级不止一个梯级 (levels must differ)")
    return rungs


def _rung(rung: Any, place: int) -> Row:
    if not isinstance(rung, Mapping):
        raise LadderInvalid(f"第 {place} 个升级梯级须是上下文,而不是 {rung!r} (a rung is a context)")
    found: Row = {}
    for name, (read, default) in _COLUMNS.items():
        value = rung.get(name)
        if value is None and default is not _REQUIRED:
            found[name] = default
            continue
        try:
            found[name] = read(value)
        except (AttributeError, TypeError, ValueError) as error:
            raise LadderInvalid(f"第 {place} 个升级梯级的 {name} 不对:{error} ({name} of rung {place})") from error
    found["channels"] = found.pop("channel")
    return found


def _level(value: Any) -> int:
    if isinstance(value, bool) or value is None or value != int(value) or not 0 <= value <= MAX_LEVEL:
        raise ValueError(f"须是 0 到 {MAX_LEVEL} 的整数,而不是 {value!r} (a whole number)")
    return int(value)


def _share(value: Any) -> Any:
    if isinstance(value, bool) or not value >= 0:
        raise ValueError(f"须是时限的倍数,而不是 {value!r} (a share of the limit)")
    return value


def _limit(value: Any) -> Row:
    limit = Limit.of(dict(value))
    return {"unit": limit.unit.value, "number": limit.number}


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"须是文字,而不是 {value!r} (a string)")
    return value


def _label(value: Any) -> str:
    return "" if value == "" else _text(value)


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in (value if isinstance(value, list) else [value]) if one != ""]


def _powers(value: Any) -> list[str]:
    if unknown := [power for power in _texts(value) if power not in POWERS]:
        raise ValueError(f"没有 {'、'.join(unknown)} 这种权限,可用 {'、'.join(POWERS)} (no such power)")
    return _texts(value)


_REQUIRED = object()
_COLUMNS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "level": (_level, _REQUIRED),
    "at": (_share, _REQUIRED),
    "after": (_limit, None),
    "role": (_text, _REQUIRED),
    "channel": (_texts, []),
    "label": (_label, ""),
    "reply": (_limit, None),
    "powers": (_powers, []),
    "process": (_text, None),
    "message": (_text, None),
}
