"""Who is signed in, and what they may see: their seats open their work, their roles open more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.auth import Caller
from api.permissions import Permission, allows
from api.problems import Problem
from workflows import runtime
from workflows.governance import organisation
from workflows.runtime import staff as accounts
from workflows.store import Database, read, transaction
from workflows.store.queries import notifications

COOKIE = "bihuan_session"
BY_ITSELF = "x-live"  # a page that reads itself anew says so: nobody need be before it


class SignedOut(Problem):
    """Nobody is signed in: the page is the one where one does."""

    def __init__(self) -> None:
        super().__init__(401, "请先登录", code="SIGNED_OUT")


@dataclass(frozen=True)
class Staff:
    """A person at work: their name, the groups whose work is theirs today, their roles, messages not read yet."""

    account: str
    person: str
    name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    unread: int

    @property
    def sees_cases(self) -> bool:
        """All of them, or those of their units."""
        return bool(self.groups) or self.may(Permission.CASE_READ)

    def may(self, permission: str) -> bool:
        return allows(Caller(self.account, self.roles), Permission(permission))


async def recognise(request: Request, *, keep: bool = True) -> Staff | None:
    """Who is signed in. ``keep``: someone is at work, so that the session does not end for want of use."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    state = request.app.state
    async with state.readers:
        found = await run_in_threadpool(_recognised, state.database, token)
    if found is None:
        return None
    staff, stale = found
    if stale and keep:
        async with state.writers:
            await run_in_threadpool(_keep, state.database, token)
    return staff


async def signed_in(request: Request) -> Staff:
    staff = await recognise(request, keep=BY_ITSELF not in request.headers)
    if staff is None:
        raise SignedOut
    request.state.staff = staff
    return staff


SignedIn = Annotated[Staff, Depends(signed_in)]


def may(permission: Permission) -> Any:
    """The dependency of a page that needs more than being signed in."""

    async def check(staff: SignedIn) -> None:
        require(staff, permission)

    return Depends(check)


def require(staff: Staff, permission: Permission) -> None:
    if not staff.may(permission):
        raise Problem(403, "您的账号没有查看或办理这一页的权限", code="PERMISSION_MISSING")


def _recognised(database: Database, token: str) -> tuple[Staff, bool] | None:
    with read(database) as session:
        found = accounts.signed_in(session, token)
        if found is None:
            return None
        account, person, stale = found
        groups = tuple(organisation.groups_of(session, person.id, runtime.now(session)))
        unread = notifications.unread(session, person.id, groups)
        return Staff(account.id, person.id, person.name, tuple(account.roles), groups, unread), stale


def _keep(database: Database, token: str) -> None:
    with transaction(database) as session:
        accounts.keep_session(session, token)
