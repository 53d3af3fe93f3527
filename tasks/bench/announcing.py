"""Run beside a Prefect server by ``tasks.bench.runs``: shows what has fired as runs, and prints what that took."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.runner import Runner
from prefect.states import Scheduled
from prefect.types.entrypoint import EntrypointType

from tasks.bench.scheduled import show_one
from tasks.deadlines import announce
from tasks.escalations import describe
from tasks.flows.escalating import shown_as_runs
from tasks.settings import Settings
from workflows import runtime
from workflows.store import connect

if TYPE_CHECKING:
    from uuid import UUID

    from workflows.store import Database

AT_ONCE = 4  # processes, as the product serves them
LONGEST_SECONDS = 600.0
TAG = "bench-scheduled"


@flow(name="bench-announce", flow_run_name="公布")
def announce_all() -> int:
    """Every rung that has fired becomes a run; how many."""
    settings = Settings()
    database = connect(settings.database_url)
    try:
        with shown_as_runs(database, settings.prefect_requests) as show:
            return announce(database, show, seconds=LONGEST_SECONDS, threads=settings.prefect_requests + 1)
    finally:
        database.engine.dispose()


def as_children() -> dict[str, float]:
    """Runs that come into being completed, and the seconds they took."""
    begin = time.perf_counter()
    shown = announce_all()
    return {"runs": shown, "seconds": time.perf_counter() - begin}


async def one_by_one(database: Database, number: int) -> dict[str, float]:
    """A scheduled run for each rung, as many processes at once as the product serves; stops after ten minutes."""
    begin = time.perf_counter()
    runner = Runner(name="bench", limit=AT_ONCE, pause_on_shutdown=False)
    made = await show_one.ato_deployment("bench", entrypoint_type=EntrypointType.MODULE_PATH)
    deployment = await runner.aadd_deployment(made)
    claimed = runtime.claim_escalations(database, limit=number)
    async with get_client() as client:
        for fired in claimed:
            message = describe(database, fired)
            parameters = {"name": message.name, "escalation": str(message.key)}
            await client.create_flow_run_from_deployment(
                deployment, parameters=parameters, state=Scheduled(), tags=[TAG]
            )
    created = time.perf_counter() - begin
    serving = asyncio.create_task(runner.start())
    finished = await _finished(deployment, len(claimed), time.monotonic() + LONGEST_SECONDS)
    seconds = time.perf_counter() - begin - created
    runner.stop()
    serving.cancel()
    return {"runs": len(claimed), "creating": created, "finished": finished, "seconds": seconds}


async def _finished(deployment: UUID, wanted: int, end: float) -> int:
    of = {
        "tags": {"all_": [TAG]},
        "deployment_id": {"any_": [str(deployment)]},
        "state": {"type": {"any_": ["COMPLETED"]}},
    }
    async with get_client() as client:
        while True:
            done = await client.count_flow_runs(flow_run_filter=FlowRunFilter.model_validate(of))
            if done >= wanted or time.monotonic() > end:
                return done
            await asyncio.sleep(1)


def main() -> None:
    number = int(sys.argv[1])
    if not number:
        said = as_children()
    else:
        database = connect(Settings().database_url)
        said = asyncio.run(one_by_one(database, number))
        database.engine.dispose()
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
