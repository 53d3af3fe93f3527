"""What a command can be refused for. The API maps the four kinds to 404, 409, 400 and 403."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.store.errors import Conflict, Forbidden, Invalid, NotFound, Refusal

if TYPE_CHECKING:
    from workflows.engine import Finding

    Findings = list[tuple[str, Finding]]  # with the name of the resource, errors and warnings alike

SHOWN = 3  # errors of a refused deployment in its message; all are in its details

__all__ = [
    "AlreadyClosed",
    "AtWork",
    "BpmnError",
    "Conflict",
    "Forbidden",
    "FormMismatch",
    "Invalid",
    "MessageNotUnique",
    "ModificationRefused",
    "NoStart",
    "NotFound",
    "Recused",
    "Refusal",
    "Refused",
    "SeparationOfDuty",
    "StaleRevision",
    "Suspended",
    "TaskAssigned",
    "TooLarge",
    "described",
]


class AlreadyClosed(Conflict):
    """已经办结或取消,不能再操作。"""

    code = "ALREADY_CLOSED"


class Suspended(Conflict):
    """流程实例已挂起,恢复后再办。"""

    code = "SUSPENDED"


class StaleRevision(Conflict):
    """其他人刚刚更新了这个流程实例,请重试。"""

    code = "STALE_REVISION"


class AtWork(Conflict):
    """这个流程实例正在办理这一步,不能在其中再对它下命令;要告诉它什么,用 message/publish 发消息。"""

    code = "AT_WORK"


class TaskAssigned(Conflict):
    """任务已由他人签收。"""

    code = "TASK_ASSIGNED"


class MessageNotUnique(Conflict):
    """相同编号的消息已经发布,且仍在有效期内。"""

    code = "MESSAGE_NOT_UNIQUE"


class FormMismatch(Invalid):
    """填写的内容不符合表单。"""

    code = "FORM_MISMATCH"


class ModificationRefused(Invalid):
    """不能这样修改流程实例。"""

    code = "MODIFICATION_REFUSED"


class TooLarge(Invalid):
    """内容太大。"""

    code = "TOO_LARGE"


class NoStart(Invalid):
    """流程没有无类型的开始事件。"""

    code = "NO_NONE_START_EVENT"


def described(findings: Findings) -> list[dict[str, Any]]:
    """Findings as a client reads them."""
    return [{"resource": name, **of_an_element(finding)} for name, finding in findings]


def of_an_element(finding: Finding) -> dict[str, Any]:
    return {
        "elementId": finding.element_id,
        "elementName": finding.element_name,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "messageEn": finding.message_en,
        "hint": finding.hint,
    }


class Refused(Invalid):
    """部署被拒绝:有的内容不能正确执行。"""

    code = "DEPLOYMENT_REFUSED"

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        errors = [f"{name}:{finding.message}" for name, finding in findings if finding.severity == "error"]
        more = f" …共 {len(errors)} 处" if len(errors) > SHOWN else ""
        super().__init__("".join(errors[:SHOWN]) + more, details=described(findings))


class Recused(Forbidden):
    """应当回避的人不能办理(行政处罚法第四十三条)。"""

    code = "RECUSED"


class SeparationOfDuty(Forbidden):
    """同一个人不能办理这两个环节。"""

    code = "SEPARATION_OF_DUTY"


class BpmnError(Exception):
    """A business error: goes to the error event that catches its code, with variables for it. Raised by handlers."""

    def __init__(self, code: str, message: str = "", variables: dict[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = variables or {}
