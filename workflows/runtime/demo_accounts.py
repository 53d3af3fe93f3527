"""One account for each role of the sample city, all with one random password that is shown once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from workflows.runtime import staff
from workflows.store.tables import StaffAccount

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
ACTOR = "demo"


class Account(NamedTuple):
    """Who signs in, and what for."""

    id: str
    person: str
    roles: tuple[str, ...]
    said: str


ACCOUNTS = (
    Account("desk", "p-0001", ("desk",), "市民受理席:登记、立案"),
    Account("grid", "p-0121", (), "网格员:现场核实、处置"),
    Account("department", "p-0044", (), "部门承办人:处置、申请延期和挂账"),
    Account("supervisor", "p-0017", ("supervisor",), "值班长:监管、督办"),
    Account("designer", "p-0018", ("designer", "viewer"), "流程设计:流程、看板"),
)


def new_password() -> str:
    """80 bits, in four parts that can be read out."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def give_accounts(session: Session, password: str) -> None:
    """Make them, or give those that are there this password."""
    for account in ACCOUNTS:
        if session.get(StaffAccount, account.id) is None:
            staff.create_account(session, account.id, password, person=account.person, roles=account.roles, actor=ACTOR)
        else:
            staff.set_password(session, account.id, password, actor=ACTOR)
