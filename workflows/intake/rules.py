"""The rules that a deployment is held to beside those of one diagram: files, and what they say of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.findings import RULES as OF_A_DIAGRAM
from workflows.engine.findings import Rule, tell

if TYPE_CHECKING:
    from workflows.engine import Finding

RULES: dict[str, Rule] = {
    "diagram-unreadable": Rule("error", "不能作为 BPMN 读取:{what}", "not readable as BPMN: {what}", "用建模工具重新保存"),
    "process-missing": Rule("error", "文件中没有可执行的流程", "the file has no executable process", "在流程上勾选 isExecutable"),
    "decision-invalid": Rule("error", "{what}", "{what}", "改正决策文件"),
    "json-unreadable": Rule("error", "不是 JSON:{what}", "not JSON: {what}", "改正 JSON 的格式"),
    "form-invalid": Rule("error", "不是可用的表单:{what}", "not a usable form: {what}", "用 JSON Schema 2020-12"),
    "schema-invalid": Rule("error", "不是可用的 JSON Schema:{what}", "not a usable JSON Schema: {what}", "用 JSON Schema 2020-12"),
    "register-without-schema": Rule("error", "缺少 {what}", "{what} is missing", "与台账一起部署它的 JSON Schema"),
    "register-invalid": Rule("error", "台账不符合它的 JSON Schema:{what}", "the register does not fit its JSON Schema: {what}", "改正台账或 Schema"),
    "register-elsewhere": Rule("error", "台账 {what} 属于另一个流程包", "register {what} belongs to another pack", "改用别的名称,或在那个流程包里修改"),
    "template-invalid": Rule("error", "文书模板不能用:{what}", "not a usable template of a document: {what}", "改正模板,用说明里的标记"),
    "template-without-manifest": Rule("error", "缺少 {what}", "{what} is missing", "与模板一起部署它的清单"),
    "manifest-invalid": Rule("error", "文书清单不能用:{what}", "not a usable manifest of a document: {what}", "改正清单"),
    "manifest-without-template": Rule("error", "缺少 {what}", "{what} is missing", "与清单一起部署它的模板"),
    "template-unknown": Rule("warning", "没有文书模板 {what}", "there is no template {what} of a document", "改正名称,或先部署这个模板"),
    "reading-too-long": Rule("error", "读取要 {what} 秒以上,超过上限", "takes more than {what} s to read, which is too long", "拆成几个文件"),
    "reading-failed": Rule("error", "没有能够读取:{what}", "could not be read: {what}", "缩小文件;仍不行请联系管理员"),
    "id-deployed-twice": Rule("error", "在这次部署里出现了两次", "is there twice in this deployment", "删去其中一个"),
    "calls-in-circles": Rule("error", "流程之间循环调用:{what}", "processes call each other in a circle: {what}", "去掉其中一次调用"),
    "called-without-start": Rule("error", "被调用的流程 {what} 没有无类型的开始事件", "called process {what} has no none start event", "在被调用的流程里加一个开始事件"),
    "handler-unknown": Rule("error", "没有任务类型 {what} 的处理程序", "there is no handler of job type {what}", "改正类型;外部程序处理的类型用别的前缀"),
    "group-unknown": Rule("warning", "城市组织里没有席位 {what}", "the organisation has no seat {what}", "改正候选组,或先部署城市组织"),
    "role-unknown": Rule("warning", "升级对象 {what} 在城市组织里没有席位", "the organisation has no seat of the role {what} that is told", "改正角色,或先部署城市组织"),
    "rungs-overlap": Rule("error", "升级阶梯的第 {level} 级有几条规则会一起命中:{what}", "several rules of level {level} of a ladder match together: {what}", "一级只留一条,或让条件互不相容"),
    "register-unknown": Rule("warning", "台账 {what} 没有部署", "register {what} is not deployed", "改正名称,或先部署这个台账"),
    "started-unknown": Rule("warning", "升级要启动的流程 {what} 没有部署", "process {what} that a rung starts is not deployed", "改正名称,或先部署这个流程"),
    "step-unknown": Rule("error", "公开步骤“{what}”不存在", "there is no public step {what}", "用 {known}"),
}  # fmt: skip


def finding(rule: str, element_id: str = "", element_name: str = "", **values: str) -> Finding:
    """One finding of a rule of this table or of the engine's; values fill the rule's text."""
    return tell(rule, RULES.get(rule) or OF_A_DIAGRAM[rule], element_id, element_name, **values)
