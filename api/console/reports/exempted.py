"""What was exempted: by item, by unit, and whether units decide the same alike. Never by fines."""

from __future__ import annotations

from fastapi import Request, Response

from api.console.pages import page
from api.console.people import SignedIn
from api.console.reports.asked import READ, TABS, month
from api.console.scope import Seen
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.governance import catalogue, exempted
from workflows.governance.exempted import EXEMPT
from workflows.governance.indicators import SMALL, Rate
from workflows.governance.months import Month
from workflows.governance.violations import Outcome
from workflows.store.queries.clocks import unit_names

router = new_router("Console")


@router.get("/reports/exempted", dependencies=[READ])
def get_exempted(request: Request, session: ReadSession, staff: SignedIn, seen: Seen) -> Response:
    of = month(request, session)
    items = exempted.by_matter(session, *of.period, seen)
    units = exempted.by_unit(items.values())
    called = unit_names(session, [unit for unit in units if unit])
    rows = [
        (unit, called.get(unit, unit), Rate(sum(found[one] for one in EXEMPT), found.total()))
        for unit, found in units.items()
    ]
    return page(
        request,
        "reports_exempted.html",
        staff,
        items=sorted(items.items(), key=lambda item: (-item[1].decided, item[0])),
        named=catalogue.classes(session),
        units=sorted(rows, key=lambda unit: (not unit[0], -unit[2].whole, unit[1])),
        exempt=EXEMPT,
        small=SMALL,
        within=seen is not None,
        month=of,
        this=Month.of(runtime.now(session)),
        tabs=TABS,
        tab="exempted",
    )


@router.get("/reports/decisions", dependencies=[READ])
def get_decisions(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    seen: Seen,
    *,
    matter: str | None = None,
    unit: str | None = None,
    outcome: str = "",
) -> Response:
    """The decisions behind a number; ``outcome`` is one of them, or ``EXEMPT`` for all that exempt."""
    of = month(request, session)
    wanted = EXEMPT if outcome == "EXEMPT" else (outcome,) if outcome in set(Outcome) else ()
    rows = exempted.decisions(session, *of.period, matter=matter, unit=unit, outcomes=wanted, seen=seen)
    return page(
        request,
        "reports_decisions.html",
        staff,
        rows=rows,
        called=unit_names(session, {row.bureau for row in rows if row.bureau}),
        named=catalogue.classes(session),
        most=exempted.SHOWN,
        within=seen is not None,
        matter=matter,
        month=of,
        tabs=TABS,
        tab="exempted",
    )
