"""The stage: every pack deployed on a fresh database, the real commands, a clock that is moved by hand."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import select

from tasks.deadlines import sweep
from tasks.packs import packs, resources
from tasks.scenarios.comparing import differences
from tasks.scenarios.happening import Happened, happened, related
from tasks.scenarios.providing import bring, decide_elsewhere, publish
from tasks.scenarios.reading import REQUESTED, kind_of
from workflows import runtime
from workflows.calendar import CHINA
from workflows.engine.timers import parse_duration
from workflows.feel import parse_expression
from workflows.governance import cases, organisation, successions
from workflows.runtime.errors import Refusal
from workflows.store import connect, migrate, read, transaction
from workflows.store.queries.variables import variables as variables_of
from workflows.store.tables import Case, Deadline, Person, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

    from tasks.scenarios.reading import Scenario
    from workflows.runtime import FiredEscalation
    from workflows.store import Database

ACTOR = "scenario"
ASK = (runtime.request_extension, runtime.request_suspension, runtime.request_appeal)
REQUESTS: dict[str, Callable[..., int]] = dict(zip(REQUESTED, ASK, strict=True))
SOMEONE = "p-0000"  # completes tasks that no group of the organisation has


class CannotPlay(Exception):
    """场景走不下去。"""


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario went. ``lines`` tell it to people; ``differences`` is empty when it went as expected."""

    scenario: Scenario
    lines: list[str]
    differences: list[str]
    happened: Happened


@dataclass(slots=True)
class Stage:
    """A database with the packs of a folder deployed; each scenario plays on a copy."""

    folder: Path  # bpmn/
    made: Path

    @classmethod
    @contextmanager
    def set_up(cls, folder: Path) -> Iterator[Stage]:
        with TemporaryDirectory(prefix="bihuan-scenarios-") as directory:
            stage = cls(folder, Path(directory))
            stage._prepare()
            yield stage

    def play(self, scenario: Scenario) -> Played:
        """Never raises for what the scenario says or the engine does: that is a difference."""
        file = self.made / "play.db"
        shutil.copyfile(self.made / "set.db", file)
        with self.database() as database:
            scene = Scene(database, scenario, self.made / "evidence")
            problems = scene.run()
            with read(database) as session:
                result = happened(session, scene.instance_key)
                problems += [f"{problem.rule}: {problem.message}" for problem in runtime.verify(session)]
        problems += differences(scenario.expect, result)
        return Played(scenario, scene.lines, problems, result)

    def database(self) -> AbstractContextManager[Database]:
        """The database of the last play, as it was left."""
        return self._opened(self.made / "play.db")

    def _prepare(self) -> None:
        with self._opened(self.made / "set.db", create=True) as database, transaction(database) as session:
            for pack in packs(self.folder):
                runtime.deploy(session, resources(pack), actor=ACTOR)

    @contextmanager
    def _opened(self, file: Path, *, create: bool = False) -> Iterator[Database]:
        url = f"sqlite:///{file}"
        if create:
            migrate(url)
        database = connect(url)
        try:
            yield database
        finally:
            database.engine.dispose()


@dataclass(slots=True)
class Scene:
    """One scenario at play."""

    database: Database
    scenario: Scenario
    files: Path  # where evidence is kept
    instance_key: int = 0
    tell: Callable[[str], object] = str  # whom to tell each line at once
    lines: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Play it from its beginning; what stopped it, if anything did."""
        with transaction(self.database) as session:
            runtime.pin_clock(session, self.scenario.at, actor=ACTOR)
        try:
            self._begin()
        except Refusal as problem:
            return [f"无法开始:{problem}"]
        return self.go_on()

    def go_on(self) -> list[str]:
        """Play all steps with the instance that there is; what stopped it, if anything did."""
        for number, step in enumerate(self.scenario.steps, start=1):
            try:
                self.do(step)
            except (CannotPlay, Refusal) as problem:
                kind = kind_of(step)
                return [f"第 {number} 步 {kind} {step[kind]}:{problem}"]
        return []

    def do(self, step: dict[str, Any]) -> None:
        """One step. CannotPlay, Refusal."""
        self._STEPS[kind_of(step)](self, step)
        while runtime.deliver(self.database):
            pass

    def publish(self, decision: dict[str, Any]) -> None:
        with transaction(self.database) as session:
            publish(session, decision, actor=ACTOR)
        self.say("已公布", decision["decision"], decision["validFrom"])

    def say(self, what: str, *more: object) -> None:
        with read(self.database) as session:
            at = runtime.now(session).astimezone(CHINA.zone)
        line = f"{at:%m-%d %H:%M}  {what}  {' '.join(str(each) for each in more if each != '')}".rstrip()
        self.lines.append(line)
        self.tell(line)

    def _begin(self) -> None:
        given = self.scenario.given
        with transaction(self.database) as session:
            units = [{"id": unit, successions.NAME: one} for unit, one in given.get("successions", {}).items()]
            successions.load(session, units)
        for one in given.get("published", []):
            self.publish(one)
        for earlier in given.get("before", []):
            self._report(earlier)
        if "case" in given:
            self.instance_key = self._report(given["case"])
        else:
            with transaction(self.database) as session:
                self.instance_key = runtime.start_process(
                    session, process_id=self.scenario.process, variables=given.get("variables", {}), actor=ACTOR
                )
            self.say("开始", self.scenario.process)

    def _report(self, fields: dict[str, Any]) -> int:
        with transaction(self.database) as session:
            case = cases.report(session, fields, now=runtime.now(session))
            key = runtime.start_process(
                session,
                process_id=self.scenario.process,
                variables={"case": cases.variables(case)},
                business_id=case.number,
                case_id=case.key,
                actor=ACTOR,
            )
            number = case.number
        self.say("问题提交", number, fields["text"])
        return key

    def _task(self, step: dict[str, Any]) -> None:
        with transaction(self.database) as session:
            task = self._open_task(session, step["task"], step)
            group = step.get("group") or next(iter(task.candidate_groups), "")
            person = step.get("by") or self._member(session, group)
            runtime.complete_user_task(session, task.key, step.get("complete", {}), actor=person)
            name, known = task.name or task.element_id, session.get(Person, person)
        who = (known.name if known else person) + (f"({group})" if group else "")
        self.say(name, who, *step.get("complete", {}).values())

    def _fail(self, step: dict[str, Any]) -> None:
        try:
            with transaction(self.database) as session:
                task = self._open_task(session, step["fail"], step)
                name = task.name or task.element_id
                group = step.get("group") or next(iter(task.candidate_groups), "")
                person = step.get("by") or self._member(session, group)
                runtime.complete_user_task(session, task.key, step.get("complete", {}), actor=person)
        except Refusal as refusal:
            if refusal.code != step["error"]:
                raise CannotPlay(f"被拒绝,但原因是 {refusal.code}:{refusal}") from refusal
            self.say(name, f"被拒绝 {refusal.code}:{refusal}")
        else:
            raise CannotPlay(f"本应因 {step['error']} 被拒绝,却办成了")

    def _signal(self, step: dict[str, Any]) -> None:
        with transaction(self.database) as session:
            runtime.broadcast_signal(session, step["signal"], step.get("variables", {}), actor=ACTOR)
        self.say("信号", step["signal"])

    def _message(self, step: dict[str, Any]) -> None:
        with transaction(self.database) as session:
            key = str(step.get("key", ""))
            if key.startswith("="):
                scope = {each.name: each.value for each in variables_of(session, self.instance_key)}
                scope["deadlines"] = self._clocks(session)
                key = str(parse_expression(key[1:]).evaluate(scope).value)
            runtime.correlate_message(session, step["message"], key, step.get("variables", {}), actor=ACTOR)
        self.say("消息", step["message"], key)

    def _request(self, step: dict[str, Any]) -> None:
        """Ask something about the last clock of a stage."""
        with transaction(self.database) as session:
            key = self._clocks(session).get(step["stage"])
            if key is None:
                raise CannotPlay(f"还没有{step['stage']}的时限")
            given = {"reason": step["reason"], "actor": step.get("by", ACTOR)}
            if "until" in step:
                given["until"] = step["until"]
            REQUESTS[step["request"]](session, int(key), **given)
        self.say(f"申请{step['request']}", step["stage"], step["reason"])

    def _evidence(self, step: dict[str, Any]) -> None:
        with transaction(self.database) as session:
            instance = session.get_one(ProcessInstance, self.instance_key)
            bring(session, self.files, instance, step, actor=step.get("by", ACTOR))
        self.say("证据", step["evidence"], step["title"], step.get("status", ""))

    def _decided(self, step: dict[str, Any]) -> None:
        with transaction(self.database) as session:
            decide_elsewhere(session, step, actor=ACTOR)
        self.say("另案处理", step["decided"], step["matter"], step["outcome"])

    def _clocks(self, session: Session) -> dict[str, str]:
        """The key of the last clock of each stage, without its milestones."""
        own = (Deadline.process_instance_key == self.instance_key, Deadline.milestone == "")
        clocks = select(Deadline.stage, Deadline.key).where(*own).order_by(Deadline.key)
        return {stage: str(key) for stage, key in session.execute(clocks)}

    def _move(self, step: dict[str, Any]) -> None:
        with transaction(self.database) as session:
            to = parse_duration(step["move"]).after(runtime.now(session))
            runtime.pin_clock(session, to.astimezone(UTC), actor=ACTOR)
        for fired in sweep(self.database).escalations:
            self._told(fired)

    def _told(self, fired: FiredEscalation) -> None:
        due = f"({fired.at.astimezone(CHINA.zone):%m-%d %H:%M})"
        self.say("升级", f"{fired.stage} 第{fired.level}级 → {fired.recipient}", fired.label, due)

    def _open_task(self, session: Session, element_id: str, step: dict[str, Any]) -> UserTask:
        """The oldest of an element: of the group where the step names one, of another case where it says ``of``."""
        here = UserTask.process_instance_key.in_(related(self._instance_of(session, step.get("of"))))
        todo = select(UserTask).where(here, UserTask.state == "CREATED").order_by(UserTask.key)
        waiting = list(session.scalars(todo))
        tasks = [task for task in waiting if task.element_id == element_id]
        if not tasks:
            others = dict.fromkeys(task.element_id for task in waiting)
            raise CannotPlay(f"没有待办任务 {element_id};待办的是 {'、'.join(others) or '无'}")
        group = step.get("group")
        for task in tasks:
            if group is None or group in task.candidate_groups:
                return task
        given = dict.fromkeys(name for task in tasks for name in task.candidate_groups)
        raise CannotPlay(f"任务给了 {'、'.join(given)},不是 {group}")

    def _instance_of(self, session: Session, number: str | None) -> int:
        """The instance of the scenario, or the one that handles a case reported before."""
        if number is None:
            return self.instance_key
        handled = select(ProcessInstance.key).join(Case, Case.key == ProcessInstance.case_id)
        key = session.scalars(handled.where(Case.number == number)).first()
        if key is None:
            raise CannotPlay(f"没有案件 {number}")
        return key

    def _member(self, session: Session, group: str) -> str:
        return next(iter(organisation.members(session, group, runtime.now(session))), SOMEONE)

    _STEPS: ClassVar[dict[str, Callable[[Scene, dict[str, Any]], None]]] = {
        "task": _task,
        "fail": _fail,
        "message": _message,
        "signal": _signal,
        "request": _request,
        "evidence": _evidence,
        "decided": _decided,
        "move": _move,
    }
