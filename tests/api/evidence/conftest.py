"""A server with the shipped packs deployed, the registers of enforcement among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.cases.conftest import pack_files
from tests.api.conftest import Server, deploy_processes, serve
from tests.support.databases import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("evidence"), request.param) as started:
        deploy_processes(started)
        with started.client() as admin:
            for pack in ("loudi", "enforcement", "case-handling"):
                answer = admin.post("/v2/deployments", files=[("resources", file) for file in pack_files(pack)])
                assert answer.status_code == 200, answer.text
        yield started
