"""`sweep-deadlines`: the beat of the clock. What is due fires; each rung that fired becomes a run of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prefect import flow
from prefect.runtime import flow_run
from prefect.states import Completed

from tasks.deadlines import announce, sweep
from tasks.fallback import SWEEP
from tasks.flows import batching, reporting, sending
from tasks.flows.escalating import shown_as_runs
from tasks.flows.living import alive, busy, here, rest
from tasks.flows.tidying import NOTHING_DUE, tidy
from tasks.settings import Settings
from workflows.runtime.demo import is_loading
from workflows.store import connect, read

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from workflows.store import Database

NAME = "sweep-deadlines"
LONGEST_SECONDS = 300
BEATING = (NAME, batching.NAME, sending.NAME, reporting.NIGHT, reporting.WEEK, reporting.MONTH)


@flow(
    name=NAME,
    flow_run_name="巡检",
    description="触发到期的定时器和时限;每一级督办公布为一次运行。",
    timeout_seconds=LONGEST_SECONDS,
)
def sweep_deadlines() -> State[None]:
    """Fire every timer and deadline that is due; show what fired, also without Prefect; tidy up; have letters sent."""
    settings = Settings()
    database = connect(settings.database_url)
    try:
        run = flow_run.id
        if busy(database, here(SWEEP), run):
            return Completed(name=NOTHING_DUE, message="本机的上一次巡检还在进行")
        try:
            with alive(database, run, SWEEP, here(SWEEP)):
                said = _sweep(database)
        finally:
            rest(database, here(SWEEP))
        tidy(
            database,
            datetime.now(UTC),
            sweeps=NAME,
            period=timedelta(seconds=settings.sweep_seconds),
            beating=BEATING,
        )
    finally:
        database.engine.dispose()
    return Completed(message=said) if said else Completed(name=NOTHING_DUE, message="没有到期的时限")


def _sweep(database: Database) -> str:
    with read(database) as session:
        if is_loading(session):
            return ""
    batching.start_if_large(database)
    swept = sweep(database)
    sending.start_if_due(database)
    requests = Settings().prefect_requests
    with shown_as_runs(database, requests) as show:
        shown = announce(database, show, threads=requests + 1)
    if not swept and not shown:
        return ""
    fired = f"传达消息和信号 {swept.thrown} 个,触发定时器 {swept.timers} 个,督办 {len(swept.escalations)} 次"
    earlier = f"(其中 {shown - len(swept.escalations)} 次先前触发)" if shown > len(swept.escalations) else ""
    return f"{fired},公布 {shown} 次{earlier},批量办理 {swept.items} 项"
