"""Spots: places with a plate that citizens report from; imported, listed, printed, taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Form, Request, Response
from sqlalchemy import select
from starlette.datastructures import UploadFile

from api.bodies import check_form, require_multipart
from api.citizens.pages import address, qr
from api.console.pages import go, page
from api.console.people import SignedIn, may
from api.permissions import Permission
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows import runtime
from workflows.governance import organisation, spots
from workflows.store.tables import Unit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.store.tables import Spot

router = new_router("Console")
PAGE = 50
SHEETS = {"a4": 4, "a6": 1}  # plates on a sheet
MOST_PLATES = 200  # of one print
READS, WRITES = may(Permission.ORGANISATION_READ), may(Permission.ORGANISATION_UPDATE)


@router.get("/spots", dependencies=[READS])
def get_spots(request: Request, session: ReadSession, staff: SignedIn, *, grid: str = "", after: str = "") -> Response:
    rows = spots.listed(session, grid=grid, after=after, limit=PAGE + 1)
    grids = spots.by_grid(session)
    return page(
        request,
        "spots.html",
        staff,
        rows=rows[:PAGE],
        next=rows[PAGE - 1].code if len(rows) > PAGE else "",
        grids=grids,
        names={id: name for id, name, _ in grids},
        total=sum(number for *_, number in grids),
        grid=grid,
        may_write=staff.may(Permission.ORGANISATION_UPDATE),
        base=address(request, ""),
        public=bool(request.app.state.settings.public_url),
    )


@router.get("/spots/plates", dependencies=[READS])
def get_plates(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    *,
    grid: str = "",
    code: str = "",
    after: str = "",
    sheet: str = "a4",
) -> Response:
    """To print: four to a sheet of A4, or one to a sheet of A6."""
    if sheet not in SHEETS:
        raise Problem(400, f"纸张只能是 {'、'.join(SHEETS)}")
    one = [spots.find(session, code)] if code else None
    rows = one or spots.listed(session, grid=grid, after=after, limit=MOST_PLATES + 1)
    shown = rows[:MOST_PLATES]
    at = runtime.now(session)
    return page(
        request,
        "plates.html",
        staff,
        plates=[(spot, qr(address(request, f"/r/{spot.code}"))) for spot in shown],
        keepers=_keepers(session, shown, at),
        city=organisation.centre(session).details["city"]["name"],
        hotline=request.app.state.settings.hotline,
        public=bool(request.app.state.settings.public_url),
        base=address(request, ""),
        sheet=sheet,
        sheets=SHEETS,
        next=shown[-1].code if len(rows) > MOST_PLATES else "",
    )


async def table_of(request: Request, _staff: SignedIn) -> str:
    """A file, or what was pasted."""
    require_multipart(request)
    async with request.form() as form:
        check_form(form)
        file, pasted = form.get("table"), form.get("text")
        if isinstance(file, UploadFile) and file.filename:
            try:
                return (await file.read()).decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise Problem(400, "点位表须是 UTF-8 编码的 CSV 文件") from error
        return pasted if isinstance(pasted, str) else ""


@router.post("/spots", dependencies=[WRITES])
def post_spots(
    request: Request, staff: SignedIn, table: Annotated[str, Depends(table_of)], session: WriteSession
) -> Response:
    runtime.import_spots(session, spots.read_table(table), actor=staff.person)
    return go(request, "/spots", "spots")


@router.post("/spots/{code}/retire", dependencies=[WRITES])
def post_retire(
    request: Request, session: WriteSession, staff: SignedIn, code: str, sure: Annotated[str, Form()] = ""
) -> Response:
    if not sure:
        raise Problem(400, "请先勾选确认:牌子停用后,扫它的人只会看到停用的说明")
    runtime.retire_spot(session, code, actor=staff.person)
    return go(request, "/spots", "retired")


def _keepers(session: Session, shown: list[Spot], at: datetime) -> dict[str, str]:
    """The grid and the seat that keeps it, in words and without a name: plates outlive a change of staff."""
    grids = session.scalars(select(Unit).where(Unit.id.in_({spot.grid for spot in shown if spot.grid})))
    return {
        grid.id: f"{grid.name} · {organisation.named(session, f'grid-lead@{grid.id}', at).removeprefix(grid.name)}"
        for grid in grids
    }
