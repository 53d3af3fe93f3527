"""What of a case is shown: to the public by query code, to staff, and in lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.governance import catalogue, joint_operations, joint_views, spots
from workflows.governance.cases import Step
from workflows.store.tables import DecisionEvaluation, ProcessInstance
from workflows.store.tables.governance import Case, CaseStep, Notice, Photo, Report

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.governance.catalogue import Condition

MAX_DECISIONS = 100  # of a case shown; one that goes round and round takes many more


def summary(session: Session, case: Case) -> dict[str, Any]:
    """A case in a list of the staff's. Nothing personal, no query code."""
    return summaries(session, [case])[0]


def summaries(session: Session, cases: list[Case]) -> list[dict[str, Any]]:
    """The same for many, with two queries for all of them."""
    conditions = catalogue.conditions(session)
    mains = {case.merged_into for case in cases if case.merged_into}
    numbers = dict(session.execute(select(Case.key, Case.number).where(Case.key.in_(mains))).tuples().all())
    return [_summary(case, conditions.get(case.condition_code), numbers.get(case.merged_into or 0)) for case in cases]


def details(session: Session, case: Case) -> dict[str, Any]:
    """A case as the staff sees it: the reporter's telephone is masked."""
    report = session.get(Report, case.key)
    return summary(session, case) | {
        "spotName": spots.names(session, [case.spot]).get(case.spot) if case.spot else None,
        "placeKind": case.place_kind,
        "originLevel": case.origin_level,
        "reporter": _reporter(report),
        "steps": steps(session, case),
        "notices": notices(session, case),
        "jointOperations": joint_views.summaries(session, joint_operations.of_case(session, case.key)),
        "decisions": decisions(session, case),
        "photoFiles": [
            {"hash": photo.hash, "stage": photo.stage, "mediaType": photo.media_type}
            for photo in session.scalars(select(Photo).where(Photo.case_key == case.key).order_by(Photo.id))
        ],
    }


def public(session: Session, case: Case) -> dict[str, Any]:
    """A case as its reporter sees it with the query code. Nobody's name, no group, no telephone."""
    condition = catalogue.conditions(session).get(case.condition_code)
    main = session.get(Case, case.merged_into) if case.merged_into else None
    return {
        "number": case.number,
        "state": case.state,
        "step": case.step,
        "steps": steps(session, case),
        "className": condition.class_name if condition else None,
        "conditionName": condition.name if condition else None,
        "text": case.text,
        "address": case.address,
        "reported": _moment(case.reported),
        "ended": _moment(case.ended),
        "refusal": _refusal(case),
        # A repeated report is answered with how the matter stands that it repeats.
        "mergedInto": {"number": main.number, "state": main.state, "step": main.step} if main else None,
        "evaluation": _evaluation(case),
        "notices": notices(session, case),
    }


def steps(session: Session, case: Case) -> list[dict[str, Any]]:
    """The five public steps, each with the time it was last entered, up to where the case is."""
    entries = select(CaseStep.step, CaseStep.at).where(CaseStep.case_key == case.key).order_by(CaseStep.id)
    entered = dict(session.execute(entries).tuples().all())
    order = [step.value for step in Step]
    current = order.index(case.step)
    return [
        {
            "step": step,
            "at": _moment(entered.get(step)) if position <= current else None,
            "current": position == current and case.ended is None,
        }
        for position, step in enumerate(order)
    ]


def notices(session: Session, case: Case) -> list[dict[str, Any]]:
    """What the reporter was told, in order."""
    told = session.scalars(select(Notice).where(Notice.case_key == case.key).order_by(Notice.id))
    return [{"kind": notice.kind, "text": notice.text, "at": _moment(notice.at)} for notice in told]


def decisions(session: Session, case: Case) -> list[dict[str, Any]]:
    """The decisions its processes took, in order: by which version, which rules fired, what they gave.

    The last hundred; ``key`` is the decision instance's, under which all of them are found.
    """
    processes = select(ProcessInstance.key).where(ProcessInstance.case_id == case.key)
    taken = select(DecisionEvaluation).where(DecisionEvaluation.process_instance_key.in_(processes))
    newest = session.scalars(taken.order_by(DecisionEvaluation.key.desc()).limit(MAX_DECISIONS)).all()
    return [
        {
            "key": one.id,
            "decisionId": one.decision_id,
            "decisionName": one.decision_name,
            "version": one.version,
            "state": one.state,
            "failure": one.failure,
            "at": _moment(one.at),
            "rules": [
                {
                    "id": rule["rule_id"],
                    "number": rule["index"],
                    "outputs": {output["name"] or output["id"]: output["value"] for output in rule["outputs"]},
                }
                for rule in one.matched
            ],
            "output": one.output,
        }
        for one in reversed(newest)
    ]


def mask(phone: str) -> str:
    """``0738-0000123`` → ``073*******23``: enough to tell two apart, not enough to call."""
    shown_before, shown_after = (3, 2) if len(phone) > 7 else (0, 1)  # noqa: PLR2004
    hidden = len(phone) - shown_before - shown_after
    return phone[:shown_before] + "*" * hidden + phone[-shown_after:]


def _summary(case: Case, condition: Condition | None, main_number: str | None) -> dict[str, Any]:
    return {
        "key": str(case.key),
        "number": case.number,
        "state": case.state,
        "step": case.step,
        "channel": case.channel,
        "classCode": case.class_code,
        "className": condition.class_name if condition else None,
        "conditionCode": case.condition_code,
        "conditionName": condition.name if condition else None,
        "text": case.text,
        "address": case.address,
        "lon": case.lon,
        "lat": case.lat,
        "spot": case.spot,
        "community": case.community,
        "grid": case.grid,
        "area": case.area,
        "handlerGroup": case.handler_group,
        "anonymous": case.anonymous,
        "contact": case.contact,
        "photos": case.photos,
        "reported": _moment(case.reported),
        "filed": _moment(case.filed),
        "ended": _moment(case.ended),
        "refusal": _refusal(case),
        "mergedInto": main_number,
        "evaluation": _evaluation(case),
    }


def _reporter(report: Report | None) -> dict[str, str | None] | None:
    if report is None or not (report.reporter_name or report.reporter_phone):
        return None
    return {
        "name": report.reporter_name,
        "phone": mask(report.reporter_phone) if report.reporter_phone else None,
    }


def _refusal(case: Case) -> dict[str, str | None] | None:
    return {"code": case.refusal_code, "reason": case.refusal_reason} if case.refusal_code else None


def _evaluation(case: Case) -> dict[str, Any] | None:
    if case.stars is None:
        return None
    return {
        "onTime": case.on_time,
        "reworks": case.reworks,
        "satisfaction": case.satisfaction,
        "stars": case.stars,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
