from __future__ import annotations

import pytest
from prefect.client.orchestration import get_client

from tasks.pool import deploy_to_pool
from tasks.serve import deployments
from tasks.settings import Settings

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


def test_every_deployment_is_put_on_the_pool_without_an_address_of_a_database(prefect_server, url):
    assert deploy_to_pool("bihuan", Settings()) == deploy_to_pool("bihuan", Settings()), "also a second time"
    with get_client(sync_client=True) as client:
        pool = client.read_work_pool("bihuan")
        found = {one.name: one for one in client.read_deployments() if one.work_pool_name == "bihuan"}
    assert (pool.type, set(found)) == ("process", {one.name for one in deployments(Settings())})
    assert url not in "".join(one.model_dump_json() for one in found.values())
    assert found["sweep-deadlines"].entrypoint == "tasks.flows.sweeping.sweep_deadlines"
