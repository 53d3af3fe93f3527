"""Drafts of documents: a decision put in order, each statement with what it rests on, and what is still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.calendar import CHINA
from workflows.governance.register_schemas import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from workflows.governance.templates import Manifest

Data = dict[str, Any]
Source = dict[str, Any]

#: The members of a decision that are lists of statements, and what else may hold the text of one.
LISTS = {"facts": "text", "evidence": "title", "legalBasis": "article", "remedies": "article"}
#: Those that are one statement.
SINGLE = ("outcome", "education", "correction")
#: All that a document states, in its order (行政处罚法第五十九条).
PARTS = ("party", "facts", "evidence", "legalBasis", "lists", "outcome", "correction", "education", "remedies")
RULE = ("decisionId", "version", "ruleId")
WHEN = {"act": "行为时", "decision": "决定时"}


class Draft(NamedTuple):
    """``data`` is what the template is given; ``missing`` the mandatory members without content, as they are named."""

    data: Data
    missing: dict[str, str]


def draft(manifest: Manifest, decision: Data, today: date) -> Draft:
    """Put a decision in order. What it does not say stays empty, so that a template can ask for it."""
    given = {"remedies": manifest.get("remedies", []), **_said(decision)}
    own = "decision" if "remedies" in _said(decision) else "manifest"
    data: Data = {
        **decision,
        "title": manifest["title"],
        "party": _party(given.get("party")),
        **{
            name: _items(given.get(name), other, f"{own if name == 'remedies' else 'decision'}.{name}")
            for name, other in LISTS.items()
        },
        **{name: _item(given[name], "text", f"decision.{name}") if name in given else None for name in SINGLE},
        "lists": [_list(one, f"decision.lists[{place}]") for place, one in enumerate(_several(given.get("lists")))],
        "organ": _organ(manifest, given.get("organ")),
        "date": _date(given.get("date"), today),
    }
    missing = {name: label for name, label in manifest["mandatory"].items() if not _present(_at(data, name))}
    return Draft(data, missing)


def statements(data: Data) -> list[Data]:
    """Every statement of a document with its sources: variables, registers, rules of a version, articles."""
    made = [
        {"part": part, "text": one.get("text") or one.get("name"), "sources": one["sources"]}
        for part in PARTS
        for one in _several(data.get(part))
        if _present(one)
    ]
    organ = {"part": "organ", "text": data["organ"]["name"], "sources": data["organ"]["sources"]}
    day = {"part": "date", "text": data["date"], "sources": [{"variable": "decision.date"}]}
    return [*made, organ, day]


def _said(decision: Data) -> Data:
    return {name: value for name, value in decision.items() if value is not None}


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _items(value: Any, other: str, place: str) -> list[Data]:
    return [_item(one, other, f"{place}[{number}]") for number, one in enumerate(_several(value))]


def _item(value: Any, other: str, place: str) -> Data:
    """One statement: a text, or an object that holds it. What has none has an empty text, and is missing."""
    held = dict(value) if isinstance(value, dict) else {"text": value}
    text = held.get("text") or held.get(other)
    return {**held, "text": text if isinstance(text, str) else "", "sources": list(_sources(held, place))}


def _sources(held: Data, place: str) -> Iterator[Source]:
    yield {"parameter" if place.startswith("manifest") else "variable": place}
    for one in _several(held.get("sources")):
        yield one if isinstance(one, dict) else {"variable": str(one)}
    if isinstance(held.get("article"), str):
        yield {"article": held["article"]}
    if rule := _rule(held):
        yield rule


def _rule(held: Data) -> Source | None:
    """The rule of a decision that gave it: its id alone, or {decisionId, version, ruleId}."""
    rule = held.get("rule")
    told = {**held, **rule} if isinstance(rule, dict) else {**held, "ruleId": rule}
    known = {name: told[name] for name in RULE if told.get(name) is not None}
    return known if rule else None


def _list(value: Any, place: str) -> Data:
    """The version of a published list that was applied, at the time of the act or of the decision (第三十七条)."""
    held = dict(value) if isinstance(value, dict) else {"id": value}
    named, version = held.get("title") or held.get("id"), held.get("version")
    when = WHEN.get(str(held.get("at")), "")
    text = f"{named} 第 {version} 版{f'（{when}）' if when else ''}" if named and version is not None else ""
    with_id = {"decisionId": held.get("id"), **held}
    return {**held, "when": when, "text": text, "sources": list(_sources(with_id, place))}


def _party(value: Any) -> Data:
    held = dict(value) if isinstance(value, dict) else {"name": value}
    name = held.get("name")
    sources = list(_sources(held, "decision.party"))
    return {**held, "name": name if isinstance(name, str) else "", "sources": sources}


def _organ(manifest: Manifest, value: Any) -> Data:
    """The organ as the manifest knows it: by its id, or by its name. One that is not there has no name."""
    held = dict(value) if isinstance(value, dict) else {"id": value}
    asked = {held.get(name) for name in ("id", "key", "name") if isinstance(held.get(name), str)}
    for id, known in manifest["organs"].items():
        if id in asked or known["name"] in asked:
            return {"id": id, "name": known["name"], "sources": [{"variable": "decision.organ"}]}
    return {"id": None, "name": "", "sources": []}


def _date(value: Any, today: date) -> str | None:
    """The day of the decision, in the city. What is no day, or has not come yet, is none."""
    try:
        at = moment_of(value)
    except (OverflowError, TypeError, ValueError):
        return None
    day = at and at.astimezone(CHINA.zone).date()
    return day.isoformat() if day and day <= today else None


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _present(value: Any) -> bool:
    """Something is said. Of a list, every item must say something; of a statement its text, of a party its name."""
    match value:
        case str():
            return bool(value.strip())
        case list():
            return bool(value) and all(map(_present, value))
        case {"text": said} | {"name": said}:
            return _present(said)
        case dict():
            return any(map(_present, value.values()))
        case _:
            return value is not None
