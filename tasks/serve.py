"""Prefect as the engine of the clock: one deployment on a short schedule. What is due stands in the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prefect import flow, tags
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Crashed

from tasks.deadlines import announce, sweep
from tasks.escalations import describe
from tasks.fallback import SWEEP
from tasks.settings import Settings
from workflows import runtime
from workflows.store import connect, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.client.schemas.objects import State

    from workflows.runtime import FiredEscalation
    from workflows.store import Database

NAME = "sweep-deadlines"
NOTHING_DUE = "NothingDue"
LONGEST_SECONDS = 300
KEEP_EMPTY = timedelta(minutes=10)
FLOWS = FlowFilter.model_validate({"name": {"any_": [NAME, "escalate-case"]}})


@flow(name=NAME, flow_run_name="巡检", timeout_seconds=LONGEST_SECONDS)
def sweep_deadlines() -> State[None]:
    """Fire every timer and deadline that is due; each escalation becomes a run of its own under this one."""
    database = connect(Settings().database_url)
    try:
        with transaction(database) as session:
            runtime.beat(session, SWEEP, by="prefect")
        swept = sweep(database)
        shown = announce(database, _escalate(database))
    finally:
        database.engine.dispose()
    _tidy(datetime.now(UTC))
    if not swept and not shown:
        return Completed(name=NOTHING_DUE, message="没有到期的时限")
    fired = f"传达信号 {swept.signals} 个,触发定时器 {swept.timers} 个,督办 {len(swept.escalations)} 次,公布 {shown} 次"
    return Completed(message=f"{fired},批量办理 {swept.items} 项")


@flow(name="escalate-case", flow_run_name="督办 · 案件 {case} · {stage} · 第{level}级")
def escalate_case(  # noqa: PLR0917 - the parameters are what the run shows
    case: str, stage: str, level: int, recipient: str, label: str, channel: str, due: str, fired_at: str
) -> None:
    """Tell who is responsible. The run is the visible record of it; the rung itself has fired in the database."""
    rows = {
        "案件": case,
        "环节": stage,
        "级别": f"第 {level} 级",
        "督办对象": recipient,
        "事由": label,
        "方式": channel,
        "触发": fired_at,
        "办理时限": due,
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    create_markdown_artifact(f"| | |\n|---|---|\n{table}", description=f"案件 {case}:{stage} 第 {level} 级督办")


def _escalate(database: Database) -> Callable[[FiredEscalation], None]:
    def start_run(fired: FiredEscalation) -> None:
        message = describe(database, fired)
        marks = (f"{name}:{getattr(message, name)}" for name in ("case", "stage", "level", "recipient"))
        # A heartbeat would hold up a run that lasts a moment by a second.
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), tags(*marks):
            escalate_case(**asdict(message))
        runtime.announce_escalation(database, fired.key)

    return start_run


def _tidy(now: datetime) -> None:
    """Sweeps that found nothing leave nothing, and runs whose worker was killed do not look alive for ever."""
    with get_client(sync_client=True) as client:
        empty = _runs(state={"name": {"any_": [NOTHING_DUE]}}, end_time={"before_": now - KEEP_EMPTY})
        for run in client.read_flow_runs(flow_filter=FLOWS, flow_run_filter=empty, limit=50):
            client.delete_flow_run(run.id)
        lost = _runs(
            state={"type": {"any_": ["RUNNING", "PENDING"]}},
            expected_start_time={"before_": now - timedelta(seconds=2 * LONGEST_SECONDS)},
        )
        for run in client.read_flow_runs(flow_filter=FLOWS, flow_run_filter=lost, limit=50):
            client.set_flow_run_state(run.id, Crashed(message="执行进程已不在"), force=True)


def _runs(**filters: object) -> FlowRunFilter:
    return FlowRunFilter.model_validate(filters)


def main() -> None:
    """Serve the deployment until told to stop."""
    # limit=1 keeps sweeps of this worker apart. A limit on the deployment would be held for ever by a killed run.
    sweep_deadlines.serve(
        name=NAME,
        description="触发到期的定时器和时限;每次督办是它的一个子运行。",
        interval=Settings().sweep_seconds,
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


if __name__ == "__main__":
    main()
