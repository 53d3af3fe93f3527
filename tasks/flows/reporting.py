"""`nightly-report`, `weekly-report`, `monthly-report`: each table is a task that is tried again, and an artifact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run
from prefect.tasks import exponential_backoff

from tasks import markdown
from tasks.flows.living import alive
from tasks.letters import forget_letters
from tasks.reports import NIGHTLY, PERIODIC, Period, Section, month_before, night_before, week_before
from tasks.settings import Settings
from workflows import runtime
from workflows.calendar import CHINA
from workflows.store import connect, read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

NIGHT, WEEK, MONTH = "nightly-report", "weekly-report", "monthly-report"
LONGEST_SECONDS = 3600
SECTIONS = {section.key: section for section in (*NIGHTLY, *PERIODIC)}


@task(
    name="report-table",
    task_run_name="{title}",
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=5),
    retry_jitter_factor=0.5,
    cache_policy=NO_CACHE,
)
def table(title: str, section: str, artifact: str, since: str, until: str) -> int:  # noqa: ARG001 - names the run
    """Make one table and keep it as the newest version of its artifact; how many rows it has."""
    of = SECTIONS[section]
    period = Period(datetime.fromisoformat(since), datetime.fromisoformat(until))
    database = connect(Settings().database_url)
    try:
        with read(database) as session:
            rows = of.rows(session, period)
    finally:
        database.engine.dispose()
    description = f"## {of.title}({period})\n\n{of.reading}"
    create_table_artifact(key=artifact, table=markdown.table(rows), description=description)
    return len(rows)


@task(
    name="forget-letters",
    task_run_name="清理 {days} 天前的消息",
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=5),
    cache_policy=NO_CACHE,
)
def forget(days: int) -> int:
    """Delete old notifications and what was sent of them, batch by batch; how many notifications are gone."""
    database = connect(Settings().database_url)
    try:
        return forget_letters(database, days)
    finally:
        database.engine.dispose()


@flow(name=NIGHT, timeout_seconds=LONGEST_SECONDS)
def nightly_report() -> None:
    """The state of everything that is open, and whether the record is whole; then what is old enough is deleted."""
    try:
        _report("夜间检查", NIGHTLY, night_before, "")
    finally:
        if days := Settings().keep_letters_days:
            forget(days)


@flow(name=WEEK, timeout_seconds=LONGEST_SECONDS)
def weekly_report(day: date | None = None) -> None:
    """The indicators of the week before the one of ``day``, by default of today."""
    _report("周报", PERIODIC, lambda now: week_before(day or now.astimezone(CHINA.zone).date()), "weekly-")


@flow(name=MONTH, timeout_seconds=LONGEST_SECONDS)
def monthly_report(day: date | None = None) -> None:
    """The indicators of the month before the one of ``day``, by default of today."""
    _report("月报", PERIODIC, lambda now: month_before(day or now.astimezone(CHINA.zone).date()), "monthly-")


def _report(name: str, sections: Collection[Section], period_at: Callable[[datetime], Period], prefix: str) -> None:
    """All tables; one that fails in the end fails the run, after the others are made."""
    database = connect(Settings().database_url)
    try:
        with alive(database, flow_run.id):
            with read(database) as session:
                period = period_at(runtime.now(session))
            with get_client(sync_client=True) as client:
                client.update_flow_run(UUID(flow_run.id), name=f"{name} · {period}")
            since, until = (moment.astimezone(UTC).isoformat() for moment in period)
            states = [
                table(one.title, one.key, f"{prefix}{one.key}", since, until, return_state=True) for one in sections
            ]
    finally:
        database.engine.dispose()
    for state in states:
        state.result()
