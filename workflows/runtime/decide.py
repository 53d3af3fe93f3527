"""Decisions as an execution, a clock and a client ask for them, and what of them goes on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions import DecisionError
from workflows.engine.timers import LOCAL
from workflows.feel import to_json
from workflows.runtime.calendars import current
from workflows.store.definitions import find_decision
from workflows.store.json import NotJson, check, clean, encode
from workflows.store.publications import in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from workflows.calendar import WorkingCalendar
    from workflows.decisions import Evaluated, Outcome
    from workflows.store.definitions import DecisionFile, DeployedDecision
    from workflows.store.publications import Published

Row = dict[str, Any]
MAX_FAILURE = 2_000  # characters; it may quote a value of any size
MAX_RECORD = 1_000_000  # bytes of one evaluation: a long text that many columns ask for would be kept many times
# A decision that stands in another file, as Camunda 8 writes it.
ELSEWHERE = -1


class EvaluatedDecision(NamedTuple):
    """One decision of an evaluation as it goes on record, in JSON.

    ``inputs`` are {id, name, value}, ``matched`` {rule_id, index, outputs}, ``warnings`` {element_id, text}.
    """

    definition_key: int
    decision_id: str
    name: str
    version: int
    kind: str
    inputs: Sequence[Row] = ()
    matched: Sequence[Row] = ()
    output: Any = None
    warnings: Sequence[Row] = ()
    failure: str | None = None

    @property
    def state(self) -> str:
        return "EVALUATED" if self.failure is None else "FAILED"


def said_of(decision: Any) -> Row:
    """What the event log keeps of an evaluated decision, or of its row.

    Which version, which inputs, which rules and what came out, or why nothing did.
    """
    said: Row = {"id": decision.decision_id, "version": decision.version}
    if decision.failure is not None:
        return {**said, "failure": decision.failure}
    return {
        **said,
        "inputs": [each["value"] for each in decision.inputs],
        "rules": [rule["rule_id"] for rule in decision.matched],
        "output": decision.output,
    }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A decision asked for once. ``decisions`` are in the order of evaluation: the last is the root, or what failed."""

    root: DeployedDecision
    decisions: tuple[EvaluatedDecision, ...]
    value: Any = None
    as_of: date | None = None  # it was asked for by the version in force on that day
    published: Published | None = None

    @property
    def basis(self) -> Row:
        """By which version and which rules, and since when that version is in force where that was asked."""
        fired = [
            {"decision": each.decision_id, "version": each.version, "rule": rule["rule_id"], "index": rule["index"]}
            for each in self.decisions
            for rule in each.matched
        ]
        said: Row = {
            "decision": self.root.decision_id,
            "name": self.root.name,
            "version": self.root.version,
            "key": str(self.root.key),
            "rules": fired,
        }
        return said | said_of_force(self.as_of, self.published) if self.as_of else said

    @property
    def failure(self) -> str | None:
        failed = self.decisions[-1].failure
        return None if failed is None else f"决策「{self.root.decision_id}」:{failed}"

    def rows(self, key: int, at: datetime, *, instance_key: int | None, element_key: int | None) -> list[Row]:
        """The rows of ``decision_evaluation``."""
        return [
            {
                "id": f"{key}-{number}",
                "evaluation_key": key,
                "process_instance_key": instance_key,
                "element_instance_key": element_key,
                "decision_definition_key": each.definition_key,
                "root_decision_definition_key": self.root.key,
                "decision_id": each.decision_id,
                "decision_name": each.name,
                "version": each.version,
                "kind": each.kind,
                "state": each.state,
                "failure": each.failure,
                "at": at,
                "inputs": each.inputs,
                "matched": each.matched,
                "output": each.output,
                "warnings": each.warnings,
            }
            for number, each in enumerate(self.decisions, start=1)
        ]

    def said(self, key: int) -> list[Row]:
        """What the event log keeps of each decision."""
        return [{"evaluation": key, **said_of(each)} for each in self.decisions]

    def force(self, key: int) -> Row | None:
        """What it keeps of the version, where one in force was asked for."""
        if self.as_of is None:
            return None
        return {"evaluation": key, "id": self.root.decision_id, **said_of_force(self.as_of, self.published)}


@dataclass(frozen=True, slots=True)
class NotInForce:
    """A decision asked for as of a day when no version of it was in force: nothing follows from it."""

    decision_id: str
    as_of: date
    value: Any = None
    failure: str | None = None
    basis: Any = None

    def rows(self, _key: int, _at: datetime, **_where: int | None) -> list[Row]:
        return []

    def said(self, _key: int) -> list[Row]:
        return []

    def force(self, _key: int) -> Row:
        return {"id": self.decision_id, **said_of_force(self.as_of, None)}


def said_of_force(as_of: date, published: Published | None) -> Row:
    """Which version was in force on a day: null where none was."""
    said: Row = {"asOf": as_of.isoformat(), "version": published.version if published else None}
    if published is None:
        return said
    return said | {
        "publication": published.id,
        "publishedOn": published.published_on.isoformat(),
        "validFrom": published.valid_from.isoformat(),
        "validTo": published.valid_to and published.valid_to.isoformat(),
        "reference": published.reference,
    }


class Decisions:
    """The decision tables of one step."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def evaluate(
        self, now: datetime, decision_id: str, variables: Mapping[str, Any], as_of: datetime | None = None, /
    ) -> Evaluation | NotInForce:
        """By the latest version, or the one in force at a moment. LookupError when there is no such decision."""
        file = self._latest(decision_id)
        if as_of is None:
            return evaluate(file, variables, now, partial(current, self.session))
        day = as_of.astimezone(LOCAL).date()
        found = self._at(decision_id, day)
        if found is None:
            return NotInForce(decision_id, day)
        published, file = found
        taken = evaluate(file, variables, now, partial(current, self.session))
        return replace(taken, as_of=day, published=published)

    def _latest(self, decision_id: str) -> DecisionFile:
        found = find_decision(self.session, decision_id=decision_id)
        if found is None:
            raise LookupError(f"决策「{decision_id}」没有部署 (decision {decision_id!r} is not deployed)")
        return found

    def _at(self, decision_id: str, day: date) -> tuple[Published, DecisionFile] | None:
        published = in_force(self.session, decision_id, day)
        file = published and find_decision(self.session, key=published.key)
        return (published, file) if published and file else None


def evaluate(
    file: DecisionFile,
    variables: Mapping[str, Any],
    now: datetime,
    calendar: Callable[[], WorkingCalendar] | None = None,
) -> Evaluation:
    """Decide at a moment. What fails, or gives what cannot be kept, is an evaluation with a ``failure``."""
    root = file.root
    try:
        outcome = file.model.evaluate(root.decision_id, variables, now.astimezone(LOCAL), calendar)
        decisions = (*(_required(file, each) for each in outcome.required), _evaluated(file, outcome))
        _check(decisions)
    except DecisionError as error:
        return _failed(file, error.decision_id or root.decision_id, error.text, error.outcomes, error.inputs)
    except (ValueError, NotJson, RecursionError) as error:
        return _failed(file, root.decision_id, str(error), ())
    return Evaluation(root, decisions, outcome.value)


def _failed(
    file: DecisionFile, decision_id: str, failure: str, outcomes: Sequence[Outcome], seen: Sequence[Evaluated] = ()
) -> Evaluation:
    """The decision that failed with the inputs it had seen, after those before it, where they can be kept."""
    try:
        before = tuple(_required(file, each) for each in outcomes)
        inputs = clean([each.to_json() for each in seen])
        _check(before)
    except (ValueError, NotJson):
        before, inputs = (), []
    known = file.model.decisions.get(decision_id)
    name, kind = (known.name or known.id, known.kind) if known else (decision_id, "UNKNOWN")
    key, version = _version(file, decision_id)
    failed = EvaluatedDecision(key, decision_id, name, version, kind, inputs, failure=_sentence(failure))
    return Evaluation(file.root, (*before, failed))


def _required(file: DecisionFile, outcome: Outcome) -> EvaluatedDecision:
    """One that others rest on may give what is no JSON, a function or a range: a warning says so on record."""
    try:
        return _evaluated(file, outcome)
    except ValueError as error:
        kept = _evaluated(file, replace(outcome, value=None))
        warning = {"element_id": outcome.decision_id, "text": _sentence(str(error))}
        return kept._replace(warnings=[*kept.warnings, warning])


def _evaluated(file: DecisionFile, outcome: Outcome) -> EvaluatedDecision:
    """ValueError where a value cannot be kept."""
    key, version = _version(file, outcome.decision_id)
    return EvaluatedDecision(
        key,
        outcome.decision_id,
        outcome.decision_name or outcome.decision_id,
        version,
        outcome.kind,
        inputs=[each.to_json() for each in outcome.inputs],
        matched=[each.to_json() for each in outcome.matched],
        output=to_json(outcome.value),
        warnings=[{"element_id": each.element_id, "text": _sentence(each.text)} for each in outcome.warnings],
    )


def _version(file: DecisionFile, decision_id: str) -> tuple[int, int]:
    found = file.decisions.get(decision_id)
    return (found.key, found.version) if found else (ELSEWHERE, ELSEWHERE)


def _sentence(text: str) -> str:
    """A text that every database can hold, not too long."""
    held = text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    return held if len(held) <= MAX_FAILURE else f"{held[:MAX_FAILURE]}…"


def _check(decisions: Sequence[EvaluatedDecision]) -> None:
    """ValueError or NotJson for what the log cannot hold."""
    check({"decisions": [said_of(each) for each in decisions]})
    size = len(encode([list(each) for each in decisions]))
    if size > MAX_RECORD:
        raise ValueError(f"记录太大:{size} 字节,最多 {MAX_RECORD} (the record is too large)")
