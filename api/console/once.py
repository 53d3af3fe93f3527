"""A form that arrives twice is carried out once: by a double click without scripts, or sent again on a slow line."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi.responses import RedirectResponse

from workflows import runtime
from workflows.runtime.idempotency import answer, claim
from workflows.store.json import dumps

if TYPE_CHECKING:
    from fastapi import Response
    from sqlalchemy.orm import Session
    from starlette.datastructures import FormData

    from api.console.people import Staff

FIELD = "once"


def new_once() -> str:
    """What tells the sendings of one shown form from those of another."""
    return str(uuid4())


class Sending:
    """One arrival of a form. Changed before it is sent again, it is another one."""

    def __init__(self, session: Session, staff: Staff, form: FormData) -> None:
        self.session, self.row = session, None
        if form.get(FIELD):
            said = sorted((name, value) for name, value in form.multi_items() if isinstance(value, str))
            key = sha256(dumps(said).encode()).hexdigest()
            self.row = claim(session, f"console {staff.account}", key, key, runtime.now(session))

    @property
    def earlier(self) -> Response | None:
        """Where the first arrival led, when this is not the first."""
        return RedirectResponse(self.row.response.decode(), 303) if self.row and self.row.status else None

    def led(self, result: Response) -> Response:
        """It was carried out; every later arrival is led to the same page."""
        if self.row:
            answer(self.session, self.row, result.status_code, result.headers["location"].encode())
        return result

    def refused(self) -> None:
        """Nothing was done: the next arrival is tried anew."""
        if self.row:
            self.session.delete(self.row)
            self.session.flush()
