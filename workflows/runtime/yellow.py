"""When the share from which lights are yellow was changed, the clocks that run already follow it."""

from __future__ import annotations

import logging

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import OperationalError

from workflows.calendar import InvalidLimit
from workflows.runtime.beats import beat, last_beats
from workflows.runtime.calendars import calendar_of
from workflows.runtime.deadline_rows import clock_of, yellow_share
from workflows.store import Busy, Database, read, transaction
from workflows.store.base import table
from workflows.store.tables import Deadline

BATCH = 500
NAME = "yellow-share"  # the beat that says by which share the clocks are counted, and up to which key while they are

deadline = table(Deadline)
#: Who changed a clock meanwhile has counted it by the new share.
_UPDATE = (
    update(deadline)
    .where(deadline.c.key == bindparam("b_key"), deadline.c.due == bindparam("b_due"), deadline.c.ended.is_(None))
    .values(yellow_at=bindparam("b_yellow"))
)
log = logging.getLogger(__name__)


def recount_yellow(database: Database, limit: int = BATCH) -> int:
    """Count up to ``limit`` open clocks anew by the share that is set; 0 when all are counted by it."""
    share = f"{yellow_share().normalize():f}"
    with read(database) as session:
        said = last_beats(session, [NAME]).get(NAME)
    if said is not None and said.by == share:
        return 0
    begun, _, after = said.by.partition(" ") if said is not None else ("", "", "")
    try:
        with transaction(database) as session:
            connection, columns = session.connection(), deadline.c
            query = select(deadline).where(columns.ended.is_(None), columns.key > (int(after) if begun == share else 0))
            rows = connection.execute(query.order_by(columns.key).limit(limit)).all()
            changed = []
            for row in rows:
                try:
                    at = clock_of(row, calendar_of(session, row.holder)).due(yellow_share()).at
                except InvalidLimit:  # beyond the calendar: it stays as it was
                    continue
                if at != row.yellow_at:
                    changed.append({"b_key": row.key, "b_due": row.due, "b_yellow": at})
            if changed:
                connection.execute(_UPDATE, changed)
            beat(session, NAME, by=f"{share} {rows[-1].key}" if len(rows) == limit else share)
    except (Busy, OperationalError):
        log.warning("lights were not counted anew, it will be tried again", exc_info=True)
        return 0
    return len(rows)
