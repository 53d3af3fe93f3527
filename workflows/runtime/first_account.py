"""The first account of a new installation: made by whoever has the code that only this machine's owner can read."""

from __future__ import annotations

import os
from hmac import compare_digest
from typing import TYPE_CHECKING

from sqlalchemy import select

from workflows.runtime import staff
from workflows.runtime.demo_accounts import new_password
from workflows.runtime.errors import Conflict, Invalid
from workflows.store.tables import StaffAccount

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

FILE = "setup.code"
ROLES = ("admin",)
ACTOR = "console"


class AlreadySettled(Conflict):
    """已经有账号了,请由管理员添加。"""

    code = "ALREADY_SETTLED"


class WrongCode(Invalid):
    """一次性安装码不对。"""

    code = "WRONG_SETUP_CODE"


def is_settled(session: Session) -> bool:
    """Whether somebody can sign in to the console."""
    return session.execute(select(StaffAccount.id).limit(1)).first() is not None


def setup_code(folder: Path) -> str:
    """The code of this installation, kept in a file that only its owner reads; made when it is first asked for."""
    file = folder / FILE
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text("ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(code := new_password())
    return code


def create_first_account(
    session: Session, folder: Path, code: str, id: str, password: str | None, *, person: str
) -> None:
    """Its role is administrator. The code is spent. AlreadySettled, WrongCode; as ``staff.create_account``."""
    if is_settled(session):
        raise AlreadySettled
    if not compare_digest(setup_code(folder).encode(), code.strip().lower().encode()):
        raise WrongCode
    staff.create_account(session, id, password, person=person, roles=ROLES, actor=ACTOR)
    (folder / FILE).unlink(missing_ok=True)
