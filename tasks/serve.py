"""Prefect as the engine of the clock: every deployment, served together by one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from prefect import serve
from prefect.types.entrypoint import EntrypointType

from tasks.flows.sending import NAME as SENDING
from tasks.flows.sending import send_deliveries
from tasks.flows.sweeping import NAME as SWEEPING
from tasks.flows.sweeping import sweep_deadlines
from tasks.settings import Settings

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

AT_ONCE = 4  # runs of this process: a long sweep, letters and a report do not wait for each other


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """What is deployed, each with its schedule.

    None has a concurrency limit of its own: a killed run would hold it for minutes, or for ever when Prefect's server
    is restarted meanwhile. Sweeps are kept apart by their beats.
    """
    by_module = EntrypointType.MODULE_PATH  # wherever a worker was started
    made = [
        sweep_deadlines.to_deployment(SWEEPING, interval=settings.sweep_seconds, entrypoint_type=by_module),
        send_deliveries.to_deployment(SENDING, entrypoint_type=by_module),
    ]
    return cast("list[RunnerDeployment]", made)  # a coroutine only where a loop runs


def main() -> None:
    """Serve the deployments until told to stop."""
    settings = Settings()
    serve(*deployments(settings), limit=AT_ONCE, pause_on_shutdown=False, print_starting_message=False)


if __name__ == "__main__":
    main()
