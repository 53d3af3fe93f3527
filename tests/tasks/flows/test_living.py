from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from tasks.flows.living import busy, dead, of_run
from workflows import runtime
from workflows.store import transaction
from workflows.store.tables import Beat

pytestmark = [pytest.mark.prefect]


@pytest.mark.parametrize(
    ("ago", "lives"),
    [
        (timedelta(seconds=1), True),
        (timedelta(seconds=31), False),
        (timedelta(seconds=-5), True),  # the clocks of two machines differ
        (timedelta(days=-1), False),  # the machine's clock was set back since
    ],
)
def test_a_run_lives_that_was_heard_of_lately(database, ago, lives):
    run, now = uuid4(), datetime.now(UTC)
    with transaction(database) as session:
        runtime.beat(session, of_run(run), "sweep@here", by=str(run))
        session.execute(update(Beat).values(at=now - ago))
    assert dead(database, [run], now) == (set() if lives else {run})
    assert busy(database, "sweep@here", uuid4()) is lives
