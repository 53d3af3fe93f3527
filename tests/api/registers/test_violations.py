from __future__ import annotations

import pytest

from tests.support.city import NOW
from workflows.governance import violations
from workflows.governance.violations import Act, Outcome
from workflows.store import transaction


@pytest.fixture
def row(server):
    with transaction(server.database) as session:
        act = Act(party="P-0001", matter="E0402", at=NOW, grid="G07", area="east")
        return violations.record(
            session, act, Outcome.EXEMPT_MAY, process_instance_key=5 << 20, case_key=None, actor="p-0032", at=NOW
        )


def search(client, **filter):
    return client.post("/violations/search", json={"filter": filter}).json()["items"]


def test_what_was_decided_of_a_party_is_found(admin, row):
    [found] = search(
        admin,
        party="P-0001",
        outcome="EXEMPT_MAY",
        actAt={"$gte": "2026-03-01T00:00:00Z"},
        annulledAt={"$exists": False},
    )
    assert (found["violationKey"], found["actAt"], found["grid"]) == (str(row.key), "2026-03-02T01:00:00.000Z", "G07")


def test_a_decision_that_is_set_aside_stays_with_who_and_why(admin, server, row):
    path = f"/violations/{row.key}/annulment"
    assert admin.post(path, json={"reason": ""}).status_code == 400
    annulled = admin.post(path, json={"reason": "复议撤销"}).json()
    assert (annulled["annulledBy"], annulled["annulledWhy"]) == ("client:admin", "复议撤销")
    assert admin.post(path, json={"reason": "再撤"}).json() == annulled
    assert admin.post("/violations/7/annulment", json={"reason": "x"}).status_code == 404
    with server.client("desk") as desk:
        assert desk.post(path, json={"reason": "x"}).status_code == 403
        assert desk.post("/violations/search").status_code == 200
