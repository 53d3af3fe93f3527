"""Counting months: each in a transaction of its own, so that nobody who writes waits for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows import runtime
from workflows.store import read, transaction

if TYPE_CHECKING:
    from workflows.governance.months import Month
    from workflows.store import Database


def count_figures(database: Database) -> list[Month]:
    """Count what is to be counted; which months that were."""
    with read(database) as session:
        months = runtime.uncounted_months(session)
    for month in months:
        with transaction(database) as session:
            runtime.count_month(session, month)
    return months
