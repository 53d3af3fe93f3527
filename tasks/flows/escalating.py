"""`escalate-case`: one run for each rung that fired. It is completed only when it is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import flow, tags
from prefect.artifacts import create_markdown_artifact
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from tasks.escalations import describe
from tasks.settings import Settings
from workflows import runtime
from workflows.store import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.runtime import FiredEscalation
    from workflows.store import Database

NAME = "escalate-case"


class AlreadyAnnounced(Exception):
    """这一级已由另一次运行公布。"""


@flow(name=NAME, flow_run_name="{name}", description="一级督办:时限到了哪一级、告诉了谁。完成即已记录在案。")
def escalate_case(name: str, escalation: str) -> None:
    """Show who is told of what, and record that it is shown. The rung itself has fired in the database before."""
    database = connect(Settings().database_url)
    try:
        [fired] = runtime.find_escalations(database, [int(escalation)])
        create_markdown_artifact(describe(database, fired).markdown(), description=name)
        if not runtime.announce_escalation(database, fired.key):
            raise AlreadyAnnounced(AlreadyAnnounced.__doc__)
    finally:
        database.engine.dispose()


def shown_as_run(database: Database) -> Callable[[FiredEscalation], None]:
    """What shows a rung: a run under the one that calls it."""

    def show(fired: FiredEscalation) -> None:
        message = describe(database, fired)
        # A heartbeat would hold up a run that lasts a moment by a second.
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), tags(*message.tags):
            escalate_case(message.name, str(message.key))

    return show
