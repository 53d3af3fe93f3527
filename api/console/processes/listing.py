"""The list: every process with its versions, and how many of each run."""

from __future__ import annotations

from itertools import groupby

from fastapi import Request, Response
from sqlalchemy import select

from api.console.pages import page
from api.console.people import SignedIn
from api.console.processes.asked import READ
from api.routing import new_router
from api.sessions import ReadSession
from workflows.store.queries import runs
from workflows.store.tables import ProcessDefinition

router = new_router("Console")


@router.get("/processes", dependencies=[READ])
def get_processes(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """Every process by its newest version, with the older ones that still run."""
    of = ProcessDefinition
    rows = session.execute(
        select(of.key, of.process_id, of.name, of.version).order_by(of.process_id, of.version.desc())
    ).all()
    processes = [(newest, older) for newest, *older in (list(each) for _, each in groupby(rows, lambda row: row[1]))]
    return page(request, "processes.html", staff, processes=processes, running=runs.running(session))
