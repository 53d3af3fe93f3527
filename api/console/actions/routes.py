"""The pages of actions: what is asked, what it will do, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from api.console.actions.matter import Action, Matter, changes
from api.console.actions.verbs import ACTIONS
from api.console.once import Sending, new_once
from api.console.pages import go, page
from api.console.people import SignedIn, Staff, require
from api.console.scope import SEES_CASES, case_of
from api.problems import Problem, as_problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows import runtime
from workflows.runtime.errors import Refusal
from workflows.runtime.reasons import ReasonMissing
from workflows.store import tried, undone

if TYPE_CHECKING:
    from collections.abc import Mapping

router = new_router("Console")


def verbs_of(staff: Staff) -> list[str]:
    return [name for name, action in ACTIONS.items() if all(staff.may(one) for one in action.permissions)]


async def answers(request: Request) -> FormData:
    return await request.form()


@router.get("/cases/{number}/act/{verb}", dependencies=[SEES_CASES])
def get_action(request: Request, session: ReadSession, staff: SignedIn, number: str, verb: str) -> Response:
    """What the action asks for; nothing happens yet."""
    action = _action(staff, verb)
    matter = Matter(session, staff, case_of(session, staff, number), runtime.now(session), dict(request.query_params))
    return _page(request, matter, verb, action)


@router.post("/cases/{number}/act/{verb}", dependencies=[SEES_CASES])
def post_action(  # noqa: PLR0917 - what a request brings
    request: Request,
    session: WriteSession,
    staff: SignedIn,
    number: str,
    verb: str,
    form: Annotated[FormData, Depends(answers)],
) -> Response:
    """Do it. What weighs more is done and undone first, so that the page can say what it will do."""
    action = _action(staff, verb)
    given = {name: str(value) for name, value in form.items()}
    matter = Matter(session, staff, case_of(session, staff, number), runtime.now(session), given)
    revision = matter.revision
    sure = given.get("revision") == revision
    if "choose" in given:  # another instance was chosen: its elements are other ones
        return _page(request, matter, verb, action)
    sending = Sending(session, staff, form)
    if sending.earlier:
        return sending.earlier
    try:
        if not matter.reason.strip():
            raise ReasonMissing
        if not action.weighty or sure:
            with undone(session):
                action.run(matter)
            return sending.led(go(request, f"/cases/{number}", f"action-{verb}"))
        notes = action.notes(matter) if action.notes else []
        before = matter.standing()
        with tried(session):
            action.run(matter)
            after = matter.standing()
    except (Refusal, Problem) as refusal:
        sending.refused()
        problem = refusal if isinstance(refusal, Problem) else as_problem(refusal)
        again = Matter(session, staff, case_of(session, staff, number), matter.at, given)
        return _page(request, again, verb, action, problem=problem)
    sending.refused()  # shown, not done
    over, new = changes(before, after)
    foreseen = {"over": over, "new": new, "notes": notes, "again": "revision" in given}
    again = Matter(session, staff, case_of(session, staff, number), matter.at, given)
    return _page(request, again, verb, action, foreseen=foreseen, revision=revision)


def _action(staff: Staff, verb: str) -> Action:
    if verb not in ACTIONS:
        raise Problem(404, "没有这个操作")
    for permission in ACTIONS[verb].permissions:
        require(staff, permission)
    return ACTIONS[verb]


def _page(
    request: Request,
    matter: Matter,
    verb: str,
    action: Action,
    *,
    problem: Problem | None = None,
    foreseen: Mapping[str, Any] | None = None,
    revision: str = "",
) -> Response:
    return page(
        request,
        "action.html",
        matter.staff,
        problem.status_code if problem else 200,
        case=matter.case,
        verb=verb,
        fields=action.fields(matter),
        given=matter.given,
        weighty=action.weighty,
        problem=problem,
        foreseen=foreseen,
        revision=revision,
        once=new_once(),
        why_not=matter.refused(action.check) if action.check else [],
        diagram=matter.shown() if action.picks else None,
    )
