"""`run-batch`: a large batch operation has a run of its own that shows how far it is. The sweep starts it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, cast

from prefect import flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Completed

from tasks.flows.living import alive, at_work
from tasks.settings import Settings
from workflows import runtime
from workflows.store import connect, read

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.schemas.objects import State

    from workflows.runtime import BatchProgress
    from workflows.store import Database

logger = logging.getLogger(__name__)

NAME = "run-batch"
LARGE = 500  # items that are left; fewer are the sweeps' own work
LONGEST_SECONDS = 6 * 3600  # the next sweep starts another
SHOWN_EVERY_SECONDS = 2.0
OTHERS_SECONDS = 1.0  # a sweep is at it, or its items are still claimed by one that died
NAMES = {
    "CANCEL_PROCESS_INSTANCE": "撤销流程",
    "HAND_OVER_PROCESS_INSTANCE": "移交机构改革单位的在办",
    "MIGRATE_PROCESS_INSTANCE": "迁移流程",
    "MODIFY_PROCESS_INSTANCE": "调整流程",
    "RESOLVE_INCIDENT": "处理故障",
    "RESUME_PROCESS_INSTANCE": "恢复流程",
    "START_PROCESS_INSTANCE": "逐条启动流程",
    "SUSPEND_PROCESS_INSTANCE": "暂停流程",
    "URGE_USER_TASK": "催办",
}


@flow(
    name=NAME,
    flow_run_name="批量 · {title}",
    description="逐项办理一个批量操作,显示进度。暂停、恢复、取消在接口上进行;中断了由下一次巡检接着办。",
    timeout_seconds=LONGEST_SECONDS,
)
def run_batch(batch: str, title: str) -> State[None]:
    """Carry out what is left of a batch operation, until it is done, suspended or cancelled."""
    database = connect(Settings().database_url)
    try:
        with alive(database, flow_run.id):
            return Completed(message=_work(database, int(batch), title))
    finally:
        database.engine.dispose()


def start_if_large(database: Database) -> int:
    """Start a run for each large batch operation that has none; how many were started."""
    with read(database) as session:
        large = runtime.large_batches(session, LARGE)
    started = 0
    for one in large:
        if not at_work(NAME, _tag(one.key)):
            started += _start(one)
    return started


def _work(database: Database, key: int, title: str) -> str:
    done = _progress(database, key)
    bar = cast("UUID", create_progress_artifact(done.percent, description=title))  # no loop runs
    shown = time.monotonic()
    while done.running:
        if not runtime.run_batches(database, only=key):
            time.sleep(OTHERS_SECONDS)
        done = _progress(database, key)
        if time.monotonic() - shown > SHOWN_EVERY_SECONDS:
            update_progress_artifact(bar, done.percent)
            shown = time.monotonic()
    update_progress_artifact(bar, done.percent)
    said = f"共 {done.total} 项,办结 {done.completed},失败 {done.failed},跳过 {done.skipped}"
    return f"{said},尚余 {done.left}" if done.left else said


def _progress(database: Database, key: int) -> BatchProgress:
    with read(database) as session:
        return runtime.batch_progress(session, key)


def _start(one: BatchProgress) -> int:
    title = f"{NAMES[one.type]} {one.total} 项"
    try:
        run_deployment(
            f"{NAME}/{NAME}",
            parameters={"batch": str(one.key), "title": title},
            tags=[_tag(one.key)],
            timeout=0,
            as_subflow=False,
        )
    except ObjectNotFound:
        logger.warning("%s is not deployed; sweeps do the work", NAME)
        return 0
    return 1


def _tag(key: int) -> str:
    return f"batch:{key}"
