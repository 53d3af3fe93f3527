"""Claims: rows that are due are taken by one worker for a while, in one statement."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from workflows.runtime.clock import real_now
from workflows.runtime.crash import AFTER_CLAIM, crash_point
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

# Real time, not the engine's: a worker that died does not come back sooner because a clock is pinned.
LEASE = timedelta(seconds=60)


def claim(
    database: Database, of: Table, due: ColumnElement[bool], by: ColumnElement[Any], *, limit: int, lease: timedelta
) -> list[int]:
    """Keys of up to ``limit`` rows that are due, first things first, none of them claimed by anyone else.

    A claim that has more than two leases to run was made before the machine's clock was set back: it does not count.
    Below that, clocks of two machines may differ.
    """
    at = real_now()
    columns = of.c
    until = at + 2 * max(lease, LEASE)
    free = or_(columns.claimed_until.is_(None), columns.claimed_until <= at, columns.claimed_until > until)
    wanted = select(of.c.key).where(due, free).order_by(by, of.c.key).limit(limit).with_for_update(skip_locked=True)
    with transaction(database) as session:
        taken = update(of).where(of.c.key.in_(wanted)).values(claimed_until=at + lease).returning(of.c.key, by)
        rows = session.connection().execute(taken).all()
    crash_point(AFTER_CLAIM)
    return [row.key for row in sorted(rows, key=lambda row: (row[1], row.key))]
