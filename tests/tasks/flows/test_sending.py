"""Letters are sent by a run that the sweep starts, once, and only when there is something to send."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from tasks.flows.sending import NAME, start_if_due
from tasks.serve import deployments
from tasks.settings import Settings
from workflows.store import transaction
from workflows.store.tables import Delivery, Notification

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def letter(database):
    with transaction(database) as session:
        session.execute(insert(Notification).values(
            key=1, dedupe="d", recipient="handler@fire", kind="escalation", subject="s", text="t", channels=["email"], at=NOW,
        ))  # fmt: skip
        session.execute(insert(Delivery).values(
            key=2, notification_key=1, channel="email", address="p@x.invalid", dedupe="d", state="CREATED", attempts=0,
            retries=8, next_at=NOW, created=NOW,
        ))  # fmt: skip


def test_nothing_is_started_when_nothing_is_due(database, runs):
    assert not start_if_due(database)
    assert runs(NAME) == []


def test_a_letter_that_is_due_starts_one_run_and_no_second_beside_it(database, letter, runs):
    [sending] = [one for one in deployments(Settings()) if one.name == NAME]
    sending.apply()
    assert start_if_due(database)
    assert not start_if_due(database)
    assert [run.state_name for run in runs(NAME)] == ["Scheduled"]
