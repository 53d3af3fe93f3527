"""Prefect's record is made to say what happened: runs of the dead end, sweeps without a find and missed ones go."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from tasks.flows.living import DEAD_AFTER, dead
from workflows import runtime
from workflows.store import transaction

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from typing import Any

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

    from workflows.store import Database

NOTHING_DUE = "NothingDue"
KEEP_EMPTY = timedelta(minutes=10)
KEEP_BEATS = timedelta(hours=1)
STARTING = timedelta(minutes=3)  # a process takes a while
AT_ONCE = 50
GONE = "执行进程已不在,未完成"


def tidy(database: Database, now: datetime, *, sweeps: str, period: timedelta, beating: Collection[str]) -> None:
    """Bring order into the runs of the flow ``sweeps`` and of those that give signs of life (``beating``)."""
    with get_client(sync_client=True) as client:
        _forget(client, sweeps, state={"name": {"any_": [NOTHING_DUE]}}, end_time={"before_": now - KEEP_EMPTY})
        # The sweep that runs now has done the work of those that were missed.
        late = {"before_": now - 2 * period}
        _forget(client, sweeps, state={"type": {"any_": ["SCHEDULED"]}}, expected_start_time=late)
        silent = _open(client, beating, now)
        for lost in dead(database, [run.id for run in silent], now):
            client.set_flow_run_state(lost, Crashed(message=GONE), force=True)
    with transaction(database) as session:
        runtime.forget_beats(session, "run:", now - KEEP_BEATS)


def _forget(client: SyncPrefectClient, name: str, **filters: Any) -> None:
    for run in _runs(client, [name], filters):
        with suppress(ObjectNotFound):  # another sweep was first
            client.delete_flow_run(run.id)


def _open(client: SyncPrefectClient, names: Collection[str], now: datetime) -> list[FlowRun]:
    """Those that look alive and have been running, or starting, for longer than they can without a sign of life."""
    found = _runs(client, names, {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}})
    allowed = {StateType.RUNNING: DEAD_AFTER, StateType.PENDING: STARTING}
    # A beginning in the time to come is one of before the machine's clock was set back.
    return [run for run in found if run.state and abs(now - run.state.timestamp) > allowed[run.state.type]]


def _runs(client: SyncPrefectClient, names: Collection[str], filters: dict[str, Any]) -> list[FlowRun]:
    flows = FlowFilter.model_validate({"name": {"any_": list(names)}})
    return client.read_flow_runs(
        flow_filter=flows, flow_run_filter=FlowRunFilter.model_validate(filters), limit=AT_ONCE
    )
