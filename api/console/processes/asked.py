"""What a page of a process is asked for: which version, which runs, and what stands above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import Request

from api.console.pages import lasting
from api.console.people import may
from api.console.periods import midnight
from api.console.words import language
from api.permissions import Permission
from api.problems import Problem
from workflows.engine.model import Loop
from workflows.governance.indicators import SMALL
from workflows.store.definitions import executable, find_process
from workflows.store.queries import runs
from workflows.store.queries.runs import Period, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from workflows.engine import Process

READ = may(Permission.INSTANCE_READ)
#: The pages of a process: their addresses behind it, and their words.
PAGES = ("", "rework", "rules", "compare", "migrate")


@dataclass(frozen=True)
class Version:
    """One version of a process as it is drawn."""

    key: int
    number: int
    model: Process

    @property
    def name(self) -> str:
        return self.model.name or self.model.id

    @property
    def repeated(self) -> list[str]:
        """The multi-instance activities."""
        return [node.id for node in self.model.nodes.values() if isinstance(node.loop, Loop)]

    def called(self, id: str) -> str:
        """What an element or flow is called; a flow without a name by what it joins."""
        if (flow := self.model.flows.get(id)) is not None:
            return flow.name or f"{self.before(flow.source)} → {self.after(flow.target)}"
        node = self.model.nodes.get(id)
        return (node.name if node else "") or id

    def before(self, id: str) -> str:
        """What an element is called; of a gateway that only joins, what it joins."""
        node = self.model.nodes[id]
        joined = [self.model.nodes[other].name for other in self.model.predecessors(node)]
        return node.name or "、".join(filter(None, joined)) or id

    def after(self, id: str) -> str:
        """What an element is called; of a gateway without a name, what comes after it."""
        node = self.model.nodes[id]
        following = (self.model.nodes[other].name for other in self.model.successors(node))
        return node.name or next(filter(None, following), id)


def version(session: Session, key: int) -> Version:
    deployed = find_process(session, key=key)
    if deployed is None:
        raise Problem(404, "没有这个流程")
    return Version(key, deployed.version, executable(session, deployed).model)


def period(request: Request) -> Period:
    """From a day to a day, both included, on which runs ended."""
    given = request.query_params
    since, until = given.get("from", ""), given.get("to", "")
    try:
        return Period(midnight(since) if since else None, midnight(until, 1) if until else None)
    except ValueError as error:
        raise Problem(400, str(error)) from error


def sampled(request: Request, session: Session, key: int) -> Sample:
    return runs.sample(session, key, period(request))


def spoken(request: Request) -> Callable[[float], str]:
    """How long, in words of the page's language."""
    return partial(lasting, chosen=language(request))


def above(request: Request, session: Session, of: Version, found: Sample, here: str) -> dict[str, Any]:
    """What every page of a process shows above its own: versions, tabs, which runs it is about."""
    given = request.query_params
    return {
        "of": of,
        "sample": found,
        "limit": runs.RUNS,
        "small": SMALL,
        "versions": runs.versions(session, of.model.id),
        "running": runs.running(session),
        "tabs": PAGES,
        "tab": here,
        "chosen": {name: given.get(name, "") for name in ("from", "to", "show", "sort")},
        "say": spoken(request),
    }
