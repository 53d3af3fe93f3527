"""What a scenario finds or is brought: published decisions, evidence that was looked at, acts decided elsewhere."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tasks.scenarios.reading import JUDGED
from workflows import runtime
from workflows.engine.timers import parse_instant
from workflows.governance import publications, violations
from workflows.governance.evidence import CleanFile, Stated
from workflows.runtime.errors import Invalid
from workflows.store.keys import next_keys

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from workflows.store.tables import ProcessInstance

WHY = "查证属实"


def publish(session: Session, given: dict[str, Any], *, actor: str) -> None:
    """A decision made public by the same rules as by the process that publishes."""
    at = runtime.now(session)
    publications.publish(session, publications.draft(session, given, at=at), actor=actor, at=at)


def bring(session: Session, files: Path, instance: ProcessInstance, step: dict[str, Any], *, actor: str) -> None:
    """A piece of evidence for an instance or its case, and how it was judged."""
    content = f"{step['evidence']} {step['title']}".encode()
    file = CleanFile(content, "text/plain", hashlib.sha256(content).hexdigest())
    stated = Stated(
        step["evidence"],
        step["title"],
        case_key=instance.case_id,
        process_instance_key=None if instance.case_id else instance.key,
        electronic=bool(step.get("electronic")),
    )
    key = runtime.add_evidence(session, files, file, stated, actor=actor).key
    if step.get("audited"):
        runtime.audit_evidence(session, key, note=WHY, actor=actor)
    status = step.get("status", JUDGED[0])
    if status != "unverified":
        judge = runtime.verify_evidence if status == "verified" else runtime.exclude_evidence
        judge(session, key, reason=WHY if status == "verified" else "来源不合法", actor=actor)


def decide_elsewhere(session: Session, step: dict[str, Any], *, actor: str) -> None:
    """An act of a party that another instance has decided."""
    [other] = next_keys(session)
    try:
        at = parse_instant(str(step["at"]))
        ended = parse_instant(str(step["end"])) if "end" in step else None
    except ValueError as error:
        raise Invalid(str(error)) from error
    act = violations.Act(party=step["decided"], matter=step["matter"], at=at, ended=ended)
    violations.record(
        session,
        act,
        violations.Outcome(step["outcome"]),
        process_instance_key=other,
        case_key=None,
        actor=actor,
        at=runtime.now(session),
    )
