"""Migration: what runs under a version goes on under another; the plan and its effect are shown before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Request, Response
from sqlalchemy import func, select

from api.console.pages import go, page
from api.console.people import SignedIn, require
from api.console.processes.asked import READ, Version, above, sampled, version
from api.permissions import Permission
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter, key_or_none
from workflows import runtime
from workflows.runtime.errors import of_an_element
from workflows.runtime.reasons import ReasonMissing
from workflows.store.tables import ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

router = new_router("Console")
P = Permission
NEEDED = (P.INSTANCE_MIGRATE, P.BATCH_CREATE)
TRIED = 100  # instances that the page tries, the newest; the batch tries each


@router.get("/processes/{key}/migrate", dependencies=[READ])
def get_migrate(request: Request, session: ReadSession, staff: SignedIn, key: KeyParameter) -> Response:
    """What would become of what runs under this version in another, by default the newest."""
    of = version(session, key)
    shown = above(request, session, of, sampled(request, session, key), "migrate")
    others = [one for one in shown["versions"] if one.key != key]
    target = _target(session, of, request.query_params.get("target", "") or (str(others[0].key) if others else ""))
    extra: dict[str, Any] = {"others": others, "target": target, "plan": None}
    if target:
        extra |= _foreseen(session, of, target)
    return page(
        request, "process_migrate.html", staff, may_migrate=all(map(staff.may, NEEDED)), tried=TRIED, **extra, **shown
    )


@router.post("/processes/{key}/migrate", dependencies=[READ])
def post_migrate(
    request: Request,
    session: WriteSession,
    staff: SignedIn,
    *,
    key: KeyParameter,
    target: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Begin a batch operation over all that is active; what cannot be migrated stays as it is, each with its reason."""
    for needed in NEEDED:
        require(staff, needed)
    chosen = _target(session, version(session, key), target)
    if chosen is None:
        raise Problem(400, "请选择要迁移到的版本")
    if not reason.strip():
        raise ReasonMissing
    batch = runtime.create_migration_batch(
        session,
        chosen.key,
        None,
        [ProcessInstance.process_definition_key == key],
        filter={"processDefinitionKey": str(key)},
        reason=reason.strip(),
        actor=staff.person,
    )
    return go(request, f"/batches/{batch}", "batch-begun")


def _target(session: Session, of: Version, key: str) -> Version | None:
    """Another version of the same process."""
    if not key:
        return None
    found = version(session, key_or_none(key) or 0)
    if found.model.id != of.model.id or found.key == of.key:
        raise Problem(400, "只能迁移到同一个流程的另一个版本")
    return found


def _foreseen(session: Session, of: Version, target: Version) -> dict[str, Any]:
    """The plan, and what it would do to the newest that run."""
    plan = runtime.plan_migration(session, of.key, target.key)
    active = select(ProcessInstance.key).where(
        ProcessInstance.process_definition_key == of.key, ProcessInstance.state == "ACTIVE"
    )
    number = session.execute(select(func.count()).select_from(active.subquery())).scalar_one()
    keys = session.scalars(active.order_by(ProcessInstance.key.desc()).limit(TRIED)).all()
    reasons: Counter[tuple[str, str]] = Counter()
    stays = 0
    for one in runtime.dry_run_migration(session, keys, target.key):
        stays += one.migrated.refused
        errors = {(found.element_name or found.element_id, found.message) for found in one.migrated.findings}
        reasons.update(errors if one.migrated.refused else ())
    return {
        "plan": plan,
        "findings": [of_an_element(one) for one in plan.findings],
        "possible": all(one.severity != "error" for one in plan.findings),
        "closes": [of.called(id) for id in plan.closes],
        "opens": [target.called(id) for id in plan.opens],
        "renamed": [(of.called(one), target.called(other)) for one, other in plan.pairs if one != other],
        "number": number,
        "looked_at": len(keys),
        "stays": stays,
        "reasons": reasons.most_common(),
    }
