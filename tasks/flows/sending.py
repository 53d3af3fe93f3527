"""`send-deliveries`: letters leave by their channels. No schedule: the sweep starts it when there is something."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from prefect import flow
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Completed

from tasks.flows.living import alive, at_work
from tasks.letters import letters_are_due, send_letters
from tasks.settings import Settings
from workflows.store import connect

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from workflows.store import Database

logger = logging.getLogger(__name__)

NAME = "send-deliveries"
LONGEST_SECONDS = 600


@flow(
    name=NAME,
    flow_run_name="送达",
    description="把到期的消息经各渠道送出;重试和结果都记录在案。",
    timeout_seconds=LONGEST_SECONDS,
)
def send_deliveries() -> State[None]:
    """Send what is due. A letter that fails is due again later, by the database; here nothing is retried."""
    database = connect(Settings().database_url)
    try:
        with alive(database, flow_run.id):
            return Completed(message=send_letters(database) or "没有到期的消息")
    finally:
        database.engine.dispose()


def start_if_due(database: Database) -> bool:
    """Start a run when letters are due and none is at work; a failure to do so is the next sweep's to mend."""
    try:
        if not letters_are_due(database) or at_work(NAME):
            return False
        run_deployment(f"{NAME}/{NAME}", timeout=0, as_subflow=False)
    except ObjectNotFound:
        logger.warning("%s is not deployed; letters wait", NAME)
        return False
    return True
