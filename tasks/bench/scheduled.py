"""The same as a run of its own in a process of its own: what is not done here, and what it would cost."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from tasks.escalations import describe
from tasks.settings import Settings
from workflows import runtime
from workflows.store import connect


@flow(name="bench-scheduled", flow_run_name="{name}")
def show_one(name: str, escalation: str) -> None:
    """Show one rung that has fired."""
    database = connect(Settings().database_url)
    try:
        [fired] = runtime.find_escalations(database, [int(escalation)])
        create_markdown_artifact(describe(database, fired).markdown(), description=name)
        runtime.announce_escalation(database, fired.key)
    finally:
        database.engine.dispose()
