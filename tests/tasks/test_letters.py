from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from tasks.letters import forget_letters
from tests.tasks.conftest import BEGIN
from workflows import runtime
from workflows.runtime import retention
from workflows.store import read, transaction
from workflows.store.tables import Notification


def test_all_that_is_old_enough_goes_however_many_batches_it_takes(database, monkeypatch):
    monkeypatch.setattr(retention.forget_notifications, "__kwdefaults__", {"limit": 2})
    with transaction(database) as session:
        for age in (500, 499, 450, 410, 401, 399, 1):
            said = {"group": "g@u", "kind": "escalation", "subject": "s", "text": "", "channels": ["inbox"]}
            runtime.notify(session, **said, at=BEGIN - timedelta(days=age), dedupe=str(age))
    assert forget_letters(database, 400) == 5
    assert forget_letters(database, 400) == 0
    with read(database) as session:
        assert session.scalar(select(func.count()).select_from(Notification)) == 2
