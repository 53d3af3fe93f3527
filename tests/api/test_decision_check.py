"""Decision files looked through over HTTP, before anything is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import Server, serve
from tests.support.libraries import faulty
from tests.workflows.decisions.conftest import NAMESPACE, Dmn

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("check")) as started:
        yield started


def test_overlaps_and_gaps_come_with_examples_and_nothing_is_deployed(server: Server) -> None:
    with server.client() as admin:
        answer = admin.post("/decisions/check", files=[("resources", ("levels.dmn", faulty()))])
        found = admin.post("/v2/decision-definitions/search", json={}).json()
    assert answer.status_code == 200, answer.text
    (file,) = answer.json()["files"]
    assert (file["resourceName"], file["refused"], file["problems"]) == ("levels.dmn", True, [])
    (table,) = file["tables"]
    assert (table["elementId"], table["hitPolicy"], table["rules"], table["complete"]) == ("t", "UNIQUE", 2, True)
    overlap = next(each for each in table["findings"] if each["kind"] == "OVERLAP")
    assert (overlap["severity"], overlap["certain"]) == ("error", True)
    assert [rule["ruleId"] for rule in overlap["rules"]] == ["r1", "r2"]
    assert (overlap["inputIds"], overlap["example"]) == (["i"], {"分数": "5"})
    assert found["items"] == []


def test_what_is_no_dmn_is_a_problem_of_its_file(server: Server) -> None:
    with server.client() as admin:
        answer = admin.post("/decisions/check", files=[("resources", ("a.dmn", b"<dmn"))])
    (file,) = answer.json()["files"]
    assert file["refused"]
    assert "XML" in file["problems"][0]["message"]


def test_it_needs_a_file(server: Server) -> None:
    with server.client() as admin:
        assert admin.post("/decisions/check", files=[("x", (None, "1"))]).status_code == 400


def test_a_file_with_nothing_to_deploy_is_refused_unless_another_imports_it(server: Server) -> None:
    dmn = Dmn()
    library = dmn.file(dmn.function("f", {}, dmn.feel("1"))).replace(b'namespace="test"', b'namespace="lib"')
    user = dmn.file(f'<import namespace="lib" name="lib" importType="{NAMESPACE}"/>', dmn.literal("uses", "1"))
    with server.client() as admin:
        alone = admin.post("/v2/deployments", files=[("resources", ("lib.dmn", library))])
        together = admin.post(
            "/v2/deployments", files=[("resources", ("lib.dmn", library)), ("resources", ("user.dmn", user))]
        )
    assert alone.status_code == 400, alone.text
    assert "nothing to deploy" in alone.json()["detail"]
    assert together.status_code == 200, together.text
