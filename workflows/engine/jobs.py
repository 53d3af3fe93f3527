"""A job as drawn: its type, its retries and its headers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.engine.errors import Failure
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, Formula, formula, shown

if TYPE_CHECKING:
    from workflows.engine.model import Node
    from workflows.engine.tokens import Token

DEFAULT_RETRIES = 3  # Camunda 8's
MAX_RETRIES = 1_000_000


class JobDrawn:
    """zeebe:taskDefinition with zeebe:taskHeaders."""

    def __init__(self, node: Node) -> None:
        definition = node.settings.get("taskDefinition", {})
        self.type = formula(definition.get("type"))
        self.retries = formula(definition.get("retries"))
        self.headers = node.headers

    def wait(self, token: Token) -> dict[str, Any]:
        """As the token keeps it; Failure when type or retries are not what they must be."""
        kind = token.workflow.word(token, self.type, "任务类型 (job type)")
        retries = whole(token, self.retries, "重试次数 (retries)", DEFAULT_RETRIES, MAX_RETRIES)
        return {"kind": "job", "type": kind, "retries": retries, "headers": self.headers}


def whole(token: Token, drawn: Formula | None, what: str, default: int, most: int) -> int:
    """A number drawn at this element, or its digits: a whole one from 0 to ``most``."""
    if drawn is None:
        return default
    value = token.workflow.json(token, drawn)
    try:
        number = Decimal(value)
        if isinstance(value, bool) or not 0 <= number <= most or number != int(number):
            raise ValueError  # noqa: TRY301
    except (ArithmeticError, TypeError, ValueError) as error:
        problem = f"{what}须是 0 到 {most} 的整数,而不是 {shown(value)}"
        raise Failure(EXTRACT_VALUE_ERROR, problem) from error
    return int(number)
