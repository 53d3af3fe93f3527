"""Decisions as an execution and a clock ask for them: by id, the latest version, at the step's moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.decisions import DecisionError
from workflows.engine.timers import LOCAL
from workflows.store.definitions import find_decision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.decisions import DecisionModel, Outcome


class Decisions:
    """The decision tables of one step, each looked up once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._found: dict[str, tuple[int, DecisionModel]] = {}

    def evaluate(self, now: datetime, decision_id: str, variables: Mapping[str, Any]) -> Outcome:
        """LookupError when there is no such decision, ValueError when it has no answer or none that can be kept."""
        if decision_id not in self._found:
            found = find_decision(self.session, decision_id)
            if found is None:
                raise LookupError(f"决策「{decision_id}」没有部署 (decision {decision_id!r} is not deployed)")
            self._found[decision_id] = found
        try:
            outcome = self._found[decision_id][1].evaluate(decision_id, variables, now=now.astimezone(LOCAL))
            outcome.to_json()  # as it will be on record
        except (DecisionError, ValueError) as error:
            raise ValueError(f"决策「{decision_id}」:{error}") from error
        return outcome

    def key(self, decision_id: str) -> int:
        """The key of the version that was asked."""
        return self._found[decision_id][0]
