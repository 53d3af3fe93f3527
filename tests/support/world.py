"""A running engine on a database of its own, spoken to in the words of the commands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from tests.support.diagrams import bpmn
from workflows import runtime
from workflows.runtime import Resource
from workflows.store import read, transaction
from workflows.store.tables import Deadline, Event, Incident, Job, ProcessInstance, Timer, UserTask

if TYPE_CHECKING:
    from datetime import timedelta

    from workflows.store import Database

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 9 o'clock in 娄底, a working day

DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{id}-file" name="{id}" namespace="urn:test">
<decision id="{id}" name="{id}"><decisionTable id="{id}-table" hitPolicy="{policy}">{inputs}{outputs}{rules}</decisionTable></decision>
</definitions>"""


def table(id: str, inputs: list[str], outputs: list[str], *rules: list[str], policy: str = "UNIQUE") -> bytes:
    """A decision table; each rule is its input entries and its output entries."""
    made = []
    for number, rule in enumerate(rules):
        entries = "".join(
            f'<inputEntry id="{id}-{number}-i{i}"><text>{t}</text></inputEntry>'
            for i, t in enumerate(rule[: len(inputs)])
        )
        results = "".join(
            f'<outputEntry id="{id}-{number}-o{i}"><text>{t}</text></outputEntry>'
            for i, t in enumerate(rule[len(inputs) :])
        )
        made.append(f'<rule id="{id}-{number}">{entries}{results}</rule>')
    clauses = "".join(
        f'<input id="{id}-in{i}"><inputExpression id="{id}-ix{i}"><text>{name}</text></inputExpression></input>'
        for i, name in enumerate(inputs)
    )
    results = "".join(f'<output id="{id}-out{i}" name="{name}"/>' for i, name in enumerate(outputs))
    return DMN.format(id=id, policy=policy, inputs=clauses, outputs=results, rules="".join(made)).encode()


LADDER = table(
    "ladder",
    ["stage"],
    ["level", "at", "role", "channel", "label"],
    ['"处置"', "0", "0.5", '"handler"', '"message"', '"提醒"'],
    ['"处置"', "1", "1", '"grid-lead"', '"message"', '"超时"'],
    ['"处置"', "2", "2", '"area-lead"', '"phone"', '"督办"'],
    policy="COLLECT",
)


class World:
    """One database and the commands on it, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def deploy(self, *resources: Resource | bytes, actor: str = "designer") -> runtime.DeploymentResult:
        named = [one if isinstance(one, Resource) else Resource(f"{i}.bpmn", one) for i, one in enumerate(resources)]
        with transaction(self.database) as session:
            return runtime.deploy(session, named, actor=actor)

    def process(self, *parts: str, flows: str, **more: str) -> None:
        self.deploy(bpmn(*parts, flows=flows, **more))

    def start(self, process_id: str = "p", /, *, case_id: int | None = None, **variables: Any) -> int:
        with transaction(self.database) as session:
            return runtime.start_process(
                session, process_id=process_id, variables=variables, case_id=case_id, actor="starter"
            )

    def complete(self, element_id: str, actor: str = "p-0001", **variables: Any) -> None:
        key = self.task(element_id)
        with transaction(self.database) as session:
            runtime.complete_user_task(session, key, variables, actor=actor)

    def run(self, command: Any, *args: Any, actor: str | None = "someone", **more: Any) -> Any:
        """Any other command, in a transaction."""
        with transaction(self.database) as session:
            return command(session, *args, **({"actor": actor} if actor else {}), **more)

    def pin(self, at: datetime) -> None:
        self.run(runtime.pin_clock, at)

    def move(self, by: timedelta) -> None:
        with read(self.database) as session:
            at = runtime.now(session) + by
        self.pin(at)

    # What there is

    def task(self, element_id: str) -> int:
        """The newest open task of an element."""
        return self.rows(
            select(UserTask.key)
            .where(UserTask.element_id == element_id, UserTask.state == "CREATED")
            .order_by(UserTask.key)
        )[-1][0]

    def tasks(self) -> list[str]:
        """The element ids of the open tasks."""
        return [
            row[0]
            for row in self.rows(select(UserTask.element_id).where(UserTask.state == "CREATED").order_by(UserTask.key))
        ]

    def jobs(self) -> list[int]:
        return [
            row[0] for row in self.rows(select(Job.key).where(Job.state.in_(["CREATED", "FAILED"])).order_by(Job.key))
        ]

    def incidents(self) -> list[Any]:
        return self.rows(
            select(Incident.key, Incident.element_id, Incident.error_type, Incident.message)
            .where(Incident.state == "ACTIVE")
            .order_by(Incident.key)
        )

    def timers(self) -> list[Any]:
        return self.rows(select(Timer.key, Timer.element_id, Timer.due).order_by(Timer.due))

    def deadlines(self) -> list[Any]:
        return self.rows(select(*Deadline.__table__.c).order_by(Deadline.key))

    def instance(self, key: int) -> Any:
        return self.rows(select(*ProcessInstance.__table__.c).where(ProcessInstance.key == key))[0]

    def state(self, key: int) -> str:
        return str(self.instance(key).state)

    def events(self, key: int) -> list[Any]:
        return self.rows(
            select(Event.seq, Event.tag, Event.actor, Event.details)
            .where(Event.process_instance_key == key)
            .order_by(Event.seq)
        )

    def rows(self, statement: Any) -> list[Any]:
        statement = text(statement) if isinstance(statement, str) else statement
        with read(self.database) as session:
            return list(session.execute(statement).all())

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608

    def damage(self, *statements: str) -> None:
        """What no command does: change rows by hand."""
        with transaction(self.database) as session:
            for statement in statements:
                session.connection().exec_driver_sql(statement)

    def verify(self) -> list[runtime.Problem]:
        with read(self.database) as session:
            return runtime.verify(session)
