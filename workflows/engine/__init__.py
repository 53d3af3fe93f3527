"""One process instance in memory: no database, no network, no clock. The only place that imports SpiffWorkflow."""

from workflows.engine.conformance import Catalogue, check
from workflows.engine.dialect import Definition
from workflows.engine.errors import DiagramError, NotModifiable, NotWaiting
from workflows.engine.execution import Execution, State
from workflows.engine.instance import DecisionEvaluated, Environment
from workflows.engine.model import Finding, Process
from workflows.engine.modifying import Modification, Move, Terminate
from workflows.engine.parking import NoParts
from workflows.engine.planning import Activate, Given
from workflows.engine.propagation import Broadcast, Thrown
from workflows.engine.reading import parse_processes
from workflows.engine.waits import (
    CallWait,
    DeadlineWait,
    ElementRecord,
    IncidentWait,
    JobWait,
    MessageWait,
    SignalWait,
    TimerWait,
    UserTaskWait,
    Variables,
    Wait,
)

__all__ = [
    "Activate",
    "Broadcast",
    "CallWait",
    "Catalogue",
    "DeadlineWait",
    "DecisionEvaluated",
    "Definition",
    "DiagramError",
    "ElementRecord",
    "Environment",
    "Execution",
    "Finding",
    "Given",
    "IncidentWait",
    "JobWait",
    "MessageWait",
    "Modification",
    "Move",
    "NoParts",
    "NotModifiable",
    "NotWaiting",
    "Process",
    "SignalWait",
    "State",
    "Terminate",
    "Thrown",
    "TimerWait",
    "UserTaskWait",
    "Variables",
    "Wait",
    "check",
    "parse_processes",
]
