"""The same deployments on a work pool of processes: any number of Prefect's workers, on any number of machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from tasks.serve import deployments

if TYPE_CHECKING:
    from tasks.settings import Settings


def deploy_to_pool(pool: str, settings: Settings) -> list[str]:
    """Make the pool if it is not there, put every deployment on it; their names.

    Workers give their own environment to what they run: no address or password of a database is kept in Prefect.
    """
    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(pool)
        except ObjectNotFound:
            template = ProcessWorker.get_default_base_job_template()
            client.create_work_pool(
                WorkPoolCreate(
                    name=pool, type=ProcessWorker.type, base_job_template=template, description="bihuan 闭环"
                )
            )
    made = deployments(settings)
    for one in made:
        one.apply(work_pool_name=pool)
    return [one.name for one in made]
