"""Joint operations of few and of many departments, from convening to the summary; and work that is handed over."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tasks.bench import clocked
from tasks.bench.copies import copy_instances
from tasks.deadlines import sweep
from tasks.packs import packs, resources
from workflows import runtime
from workflows.governance import organisation, registers, successions
from workflows.runtime import Resource
from workflows.store import Database, connect, migrate, read, transaction
from workflows.store.base import Base
from workflows.store.tables import BatchOperation, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

ACTOR = "bench"
PROCESS = "joint-rectification"
LEAD = "d-001"
#: A choice of departments in a form begins with this one.
CHOSEN = '{"const": "enforcement"'

Answer = dict[str, Any]


@dataclass(slots=True)
class Operation:
    """What one operation cost: CPU seconds of each command by its task, the largest state, the rows it left."""

    departments: int
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: float = 0.0  # of all commands
    largest: int = 0  # bytes of a snapshot
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def commands(self) -> int:
        return sum(map(len, self.cpu.values()))

    def each(self, task: str) -> float:
        """CPU seconds of one such command, the median."""
        return median(self.cpu[task])


def prepared(url: str, folder: Path, departments: int) -> Database:
    """A new database with the packs and so many departments, which the forms offer."""
    migrate(url)
    database = connect(url)
    units = [f"d-{number:03}" for number in range(1, departments + 1)]
    for pack in packs(folder):
        with transaction(database) as session:
            runtime.deploy(session, [_offering(one, units) for one in resources(pack)], actor=ACTOR)
            if (pack / "registers" / f"{organisation.NAME}.json").exists():
                content = registers.latest(session, pack.name, organisation.NAME, _copied)
                organisation.load(session, _with(content, units))
    return database


def run(database: Database, departments: int) -> Operation:
    """One operation in which every department takes part and all goes well."""
    done = Operation(departments)
    before = _rows(database)
    units = [f"d-{number:03}" for number in range(1, departments + 1)]
    variables = {
        "request": {"reason": "占道", "requestedBy": "area-lead@east", "authorised": True},
        "matter": {"conditionCode": "E0403-01", "placeKind": "street"},
        "location": {"grid": "G07", "area": "east"},
    }
    _timed(done, "start", database, partial(_start, variables=variables))
    answers = _answers(units)
    while task := _next(database):
        key, element, number = task
        answer = answers[element]
        actor = f"p-{number % 7:04}-{element}"  # whoever accepts has not worked on site
        _timed(done, element, database, partial(_complete, key=key, answer=answer, actor=actor))
        with read(database) as session:
            size = select(func.max(func.length(ProcessInstance.snapshot))).where(ProcessInstance.ended.is_(None))
            done.largest = max(done.largest, session.execute(size).scalar_one() or 0)
        if element == "accept" and _next(database) is None:
            _wait(database)
    after = _rows(database)
    with read(database) as session:
        unfinished = session.scalars(select(ProcessInstance.state).where(ProcessInstance.state != "COMPLETED")).all()
    if unfinished:
        raise RuntimeError(f"the operation is {unfinished[0]}")
    done.rows = {name: after[name] - before[name] for name in after if after[name] > before[name]}
    return done


def handed_over(url: str, folder: Path, count: int) -> tuple[float, list[float]]:
    """``count`` open cases of one unit go to another: CPU seconds to begin, and of one case in each hundred."""
    database = clocked.prepared(url, folder)
    keys = [clocked.start(database, "handler@fire", 100, clocked.FAR, 3) for _ in range(20)]
    copy_instances(database, keys, max(1, count // len(keys) - 1))
    given = {"id": "fire", successions.NAME: {"to": "housing", "date": "2020-01-01", "document": "bench"}}
    with transaction(database) as session:
        successions.load(session, [given])
    begin = time.process_time()
    runtime.start_successions(database)
    beginning, spent = time.process_time() - begin, []
    more = True
    while more:
        begin = time.process_time()
        more = bool(taken := runtime.run_batches(database))
        if taken:
            spent.append((time.process_time() - begin) / taken)
    with read(database) as session:
        left = session.scalars(select(BatchOperation)).one()
        if (left.state, left.completed) != ("COMPLETED", left.total):
            raise RuntimeError(f"{left.completed} of {left.total} were handed over")
    database.engine.dispose()
    return beginning, spent


def _copied(content: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(content, default=str))
    return copy


def _with(content: dict[str, Any], units: list[str]) -> dict[str, Any]:
    """The organisation with more departments, whose seats are held by those of an old one."""
    content = _copied(content)
    new = {"kind": "department", "parent": "centre"}
    content["units"] += [{"id": unit, "name": f"部门{unit}", **new} for unit in units]
    held = [seat for seat in content["seats"] if seat["unit"] == "enforcement"]
    content["seats"] += [{**seat, "unit": unit} for unit in units for seat in held]
    return content


def _offering(resource: Resource, units: list[str]) -> Resource:
    """A form that lets departments be chosen lets these be chosen too."""
    if "/forms/" not in resource.name or CHOSEN.encode() not in resource.content:
        return resource
    more = "".join(f'{{"const": "{unit}", "title": "部门{unit}"}},' for unit in units)
    return Resource(resource.name, resource.content.replace(CHOSEN.encode(), f"{more}{CHOSEN}".encode()))


def _answers(units: list[str]) -> dict[str, Answer]:
    chosen = {"result": "调整后召集", "lead": LEAD, "departments": units, "reason": "都要参加"}
    site = {"place": "广场", "persons": 6, "vehicles": 1, "names": "样例等6人"}
    work = {"result": "完成", "measures": "已整治", "dissuasions": 3, "notices": 1}
    return {
        "convene": chosen,
        "claim": {"result": "认领", "work": "整治本部门管的部分", "days": 2},
        "plan": {"goal": "清净", "gathering": "广场", "days": 5, "recheckDays": 7},
        "approve": {"result": "同意"},
        "sign-in": site,
        "rectify": work,
        "accept": {"result": "合格"},
        "look-again": {"result": "未反弹"},
        "summarise": {"text": "整治完成"},
    }


def _start(session: Session, *, variables: dict[str, Any]) -> None:
    runtime.start_process(session, process_id=PROCESS, variables=variables, actor=ACTOR)


def _complete(session: Session, *, key: int, answer: Answer, actor: str) -> None:
    runtime.complete_user_task(session, key, dict(answer), actor=actor)


def _timed(done: Operation, task: str, database: Database, act: Callable[[Session], None]) -> None:
    begin, cpu = time.perf_counter(), time.process_time()
    with transaction(database) as session:
        act(session)
    done.cpu[task].append(time.process_time() - cpu)
    done.seconds += time.perf_counter() - begin


def _next(database: Database) -> tuple[int, str, int] | None:
    with read(database) as session:
        todo = select(UserTask.key, UserTask.element_id).where(UserTask.state == "CREATED").order_by(UserTask.key)
        row = session.execute(todo.limit(1)).one_or_none()
    return None if row is None else (row.key, row.element_id, row.key)


def _wait(database: Database) -> None:
    """The days until the second look."""
    with transaction(database) as session:
        runtime.pin_clock(session, runtime.now(session) + timedelta(days=7), actor=ACTOR)
    sweep(database)


def _rows(database: Database) -> dict[str, int]:
    def counted() -> Iterator[tuple[str, int]]:
        for name, of in Base.metadata.tables.items():
            yield name, int(session.execute(select(func.count()).select_from(of)).scalar_one())

    with read(database) as session:
        return dict(counted())
