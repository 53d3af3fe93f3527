"""What rules decided of a case: which rule of which version, of which day, on what legal basis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, select

from api.console.told import MOST, masked, personal_names, shortened
from workflows.store.definitions import find_decision
from workflows.store.tables import DecisionEvaluation, ElementInstance, Event

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: What designers call the column with the article of the law: by its name, or by its label where it has one.
BASIS = frozenset({"article", "basis", "legalBasis", "依据", "法律依据"})


def decisions(session: Session, keys: Collection[int]) -> dict[str, Any]:
    """Each decision with what went in, which rule fired, what came out, and its version; the newest first."""
    query = (
        select(DecisionEvaluation, ElementInstance.element_name)
        .outerjoin(ElementInstance, ElementInstance.key == DecisionEvaluation.element_instance_key)
        .where(DecisionEvaluation.process_instance_key.in_(keys))
        .order_by(DecisionEvaluation.key.desc())
        .limit(MOST)
    )
    personal = personal_names(session)
    rows = session.execute(query).all()
    labels = {key: _labels(session, key) for key in {row.decision_definition_key for row, _ in rows}}
    force = _in_force(session, keys)
    days = {(one["evaluation"], one["id"]): one["asOf"] for one in force if "evaluation" in one}
    return {
        "taken": [
            {
                "row": row,
                "where": where or "",
                "day": days.get((row.evaluation_key, row.decision_id)),
                "basis": _basis(row),
                "inputs": [
                    (
                        one.get("name") or one.get("id"),
                        _said(masked({one.get("name", ""): one.get("value")}, personal)[one.get("name", "")]),
                    )
                    for one in row.inputs
                ],
                "rules": [
                    {
                        "number": rule["index"],
                        "outputs": [
                            (labels[row.decision_definition_key].get(out["id"]) or out["name"], _said(out["value"]))
                            for out in rule["outputs"]
                            if out["name"] not in BASIS
                        ],
                    }
                    for rule in row.matched
                ],
                "output": shortened(row.output),
            }
            for row, where in rows
        ],
        "not_in_force": [(one["id"], one["asOf"]) for one in force if one["version"] is None],
    }


def _said(value: Any) -> str:
    """A value as it is read; a list of words as an enumeration."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "、".join(value)
    return shortened(value)


def _labels(session: Session, decision: int) -> dict[str, str]:
    """What the outputs of a version of a decision are called, by their ids."""
    file = find_decision(session, key=decision)
    found = file.model.decisions.get(file.root.decision_id) if file else None
    return {one.clause.id: one.label for one in found.table.outputs} if found and found.table else {}


def _basis(row: Any) -> list[str]:
    """The articles a decision names, each once."""
    said = [out["value"] for rule in row.matched for out in rule["outputs"] if out["name"] in BASIS]
    if not row.matched and isinstance(row.output, dict):
        said = [value for name, value in row.output.items() if name in BASIS]
    return list(dict.fromkeys(one for one in said if isinstance(one, str) and one))


def _in_force(session: Session, keys: Collection[int]) -> list[dict[str, Any]]:
    """Of decisions that were asked for as of a day: which one, the day, and the version in force on it."""
    details: Row[Any] | Any = Event.details
    query = select(details).where(Event.process_instance_key.in_(keys), cast(details, Text).contains('"inForce"'))
    return [one for (told,) in session.execute(query.order_by(Event.key)).tuples() for one in told["inForce"]]
