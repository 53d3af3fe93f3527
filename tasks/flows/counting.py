"""`count-figures`: the figures of months, counted every hour, so that the reports of the console are there at once."""

from __future__ import annotations

from prefect import flow
from prefect.states import Completed

from tasks.figures import count_figures
from tasks.settings import Settings
from workflows.store import connect

NAME = "count-figures"
LONGEST_SECONDS = 1800


@flow(name=NAME, flow_run_name="月报计数", timeout_seconds=LONGEST_SECONDS)
def count_months() -> object:
    """This month and the last; earlier ones of a year that were never counted."""
    database = connect(Settings().database_url)
    try:
        counted = count_figures(database)
    finally:
        database.engine.dispose()
    return Completed(message=f"已计数 {len(counted)} 个月:{'、'.join(map(str, counted)) or '没有案件'}")
