"""Our own steps: through the runtime, on an SQLite file with synchronous=FULL, log and work list included."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tasks.bench.diagrams import ANSWER, TASKS, lifecycle, rework, waiting
from tasks.packs import deploy_pack, packs
from tasks.rehearsal.answers import ANSWERS
from workflows import runtime
from workflows.governance import cases
from workflows.runtime import Resource
from workflows.store import Database, connect, migrate, read, transaction
from workflows.store.tables import ProcessInstance, UserTask

if TYPE_CHECKING:
    from pathlib import Path

ACTOR = "bench"
REPORT = {"channel": "web", "conditionCode": "C0302-01", "text": "果皮箱满溢", "lon": 111.9945, "lat": 27.7281}


def prepared(file: Path) -> Database:
    """A new database with the diagrams deployed."""
    url = f"sqlite:///{file}"
    migrate(url)
    database = connect(url)
    diagrams = [
        Resource("lifecycle.bpmn", lifecycle()),
        Resource("rework.bpmn", rework()),
        Resource("waiting.bpmn", waiting()),
    ]
    with transaction(database) as session:
        runtime.deploy(session, diagrams, actor=ACTOR)
    return database


def completions(database: Database, lifecycles: int) -> list[float]:
    """CPU seconds of each user task's completion, from before the transaction to after its commit."""
    spent = []
    for _ in range(lifecycles):
        instance = _start(database, "bench-lifecycle")
        spent += [_complete(database, instance, ANSWER) for _ in TASKS]
    return spent


def rounds(database: Database, number: int) -> list[float]:
    """CPU seconds of each round of the rework loop of one instance."""
    instance = _start(database, "bench-rework")
    return [_complete(database, instance, ANSWER) for _ in range(number)]


def waiting_items(database: Database, count: int, completed: int) -> float:
    """CPU seconds to complete one of so many user tasks of a multi-instance, the median of ``completed``."""
    with transaction(database) as session:
        variables = {"items": [0] * count}
        instance = runtime.start_process(session, process_id="bench-waiting", variables=variables, actor=ACTOR)
    with read(database) as session:
        wanted = select(UserTask.key).where(UserTask.process_instance_key == instance).order_by(UserTask.key)
        keys = list(session.execute(wanted.limit(completed)).scalars())
    spent = []
    for key in keys:
        begin = time.process_time()
        with transaction(database) as session:
            runtime.complete_user_task(session, key, dict(ANSWER), actor=ACTOR)
        spent.append(time.process_time() - begin)
    return median(spent)


def bytes_of_a_case(database: Database, folder: Path) -> int:
    """Size of the state that is kept for a case of the pack case-handling while it is being handled."""
    for pack in packs(folder):
        deploy_pack(database, pack, actor=ACTOR)
    with transaction(database) as session:
        case = cases.report(session, REPORT, now=runtime.now(session))
        variables = {"case": cases.variables(case)}
        instance = runtime.start_process(
            session, process_id="case-handling", variables=variables, case_id=case.key, actor=ACTOR
        )
    for task in ("verify", "file", "dispatch"):
        _complete(database, instance, ANSWERS[task][0][1])
    with read(database) as session:
        size = select(func.length(ProcessInstance.snapshot)).where(ProcessInstance.key == instance)
        return int(session.execute(size).scalar_one())


def _start(database: Database, process_id: str) -> int:
    with transaction(database) as session:
        return runtime.start_process(session, process_id=process_id, variables={"title": "路灯不亮"}, actor=ACTOR)


def _complete(database: Database, instance: int, answer: dict[str, Any]) -> float:
    with read(database) as session:
        wanted = select(UserTask.key).where(UserTask.process_instance_key == instance, UserTask.state == "CREATED")
        task = session.execute(wanted).scalar_one()
    begin = time.process_time()
    with transaction(database) as session:
        runtime.complete_user_task(session, task, dict(answer), actor=ACTOR)
    return time.process_time() - begin
