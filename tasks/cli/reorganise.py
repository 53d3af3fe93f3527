"""`bihuan reorganise`: units that are succeeded by others, and handing over their open work now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tasks.cli.database import ACTOR, opened, refusals
from workflows import runtime
from workflows.store import read, transaction

if TYPE_CHECKING:
    from workflows.runtime import Reorganised

STATES = {"pending": "未到日期", "due": "待移交", "running": "移交中", "done": "已移交", "stopped": "已停止"}


def reorganise(
    unit: Annotated[str, typer.Argument(help="Hand over what is open of this unit now; without it, list all.")] = "",
    reason: Annotated[str, typer.Option(help="Why by hand; goes on record.")] = "",
) -> None:
    """Units that are reorganised; or hand over the open work of one whose day has come."""
    database = opened()
    if unit:
        with refusals(), transaction(database) as session:
            runtime.reorganise(session, unit, reason=reason or None, actor=ACTOR)
        while runtime.run_batches(database):
            pass
    with read(database) as session:
        found = [one for one in runtime.list_successions(session) if unit in {"", one.unit}]
    if not found:
        typer.echo("没有单位写明由谁承接 no unit has a successor")
    for one in found:
        typer.echo(told(one))


def told(one: Reorganised) -> str:
    """One succession as a line."""
    counts = f",{one.completed}/{one.total} 件 instances" if one.batch_operation_key else ""
    failed = f",{one.failed} 件未能移交 failed" if one.failed else ""
    line = f"{one.day} {one.unit_name} ({one.unit}) → {one.successor_name} ({one.successor}),{one.document}"
    return f"{line}: {STATES[one.state]} {one.state}{counts}{failed}"
