"""The rules a diagram is held to, each with its text in Chinese and English and how to mend it."""

from __future__ import annotations

from typing import NamedTuple

from workflows.engine.model import Finding


class Rule(NamedTuple):
    severity: str
    zh: str
    en: str
    hint: str


RULES: dict[str, Rule] = {
    "element-unsupported": Rule("error", "本引擎不执行 {what}", "{what} is not executed here", "改用受支持的元素,见方言说明"),
    "event-unsupported": Rule("error", "不支持的事件:{what}", "event {what} is not supported here", "改用受支持的事件"),
    "extension-unknown": Rule("error", "不认识的扩展 {what}", "extension {what} is not known", "删除该扩展"),
    "extension-foreign": Rule("warning", "忽略其他引擎的扩展 {what}", "an extension of {what} is ignored", "确认不需要后删除"),
    "id-invalid": Rule("error", "标识 {what} 不是合法的 XML 名称", "id {what} is not an XML name", "用字母开头,不含空格"),
    "id-duplicate": Rule("error", "标识 {what} 重复", "id {what} is used twice", "每个元素用自己的标识"),
    "reference-missing": Rule("error", "引用 {what} 不存在", "reference {what} does not exist", "改正引用或补上被引用的元素"),
    "timer-empty": Rule("error", "定时器没有时间", "the timer has no value", "填写日期、时长或周期"),
    "timer-kind": Rule("error", "此处的定时器不能用 {what}", "a timer here cannot be a {what}", "{hint}"),
    "timer-invalid": Rule("error", "定时器的值无法识别:{what}", "timer value not understood: {what}", "用 ISO 8601,如 PT2H、P1D、R3/PT1H,或六段的 cron"),
    "expression-invalid": Rule("error", "{where}的表达式有误:{what}", "expression in {where}: {what}", "改正 FEEL 表达式"),
    "expression-required": Rule("error", "{where}应是以 = 开头的表达式", "{where} must be an expression (=)", "在前面加 ="),
    "condition-misplaced": Rule("error", "只有活动、排他和包容网关的出口可以带条件", "only flows out of activities, exclusive and inclusive gateways have conditions", "加一个排他网关"),
    "condition-missing": Rule("error", "出口 {what} 没有条件,也不是默认出口", "flow {what} has neither a condition nor is it the default", "补条件或设为默认"),
    "outgoing-none": Rule("warning", "后面没有连线,流程在此结束", "has no outgoing flow: the path ends here", "连到结束事件,让人看得出结束"),
    "outgoing-missing": Rule("error", "后面没有连线", "leads nowhere", "连到下一个元素或结束事件"),
    "outgoing-forbidden": Rule("error", "此元素之后不能有连线", "has no outgoing flow by definition", "删除连线"),
    "incoming-forbidden": Rule("error", "此元素之前不能有连线", "has no incoming flow by definition", "删除连线"),
    "incoming-missing": Rule("error", "没有连线通到这里,永远不会执行", "can never be reached", "连上或删除"),
    "flow-crosses": Rule("error", "连线 {what} 穿过了子流程的边界", "flow {what} crosses a sub-process border", "在同一层内连线"),
    "flow-contradicted": Rule("warning", "所列的连线 {what} 与连线自身的起止不一致,以连线为准", "lists flow {what}, which says otherwise or does not exist; the flow counts", "在建模器中重新连线并保存"),
    "start-missing": Rule("error", "没有开始事件", "has no start event", "加一个开始事件"),
    "start-several": Rule("error", "有多个无类型的开始事件", "has several none start events", "只留一个"),
    "start-inner": Rule("error", "子流程须有且只有一个无类型的开始事件", "a sub-process needs exactly one none start event", "加或删开始事件"),
    "start-event": Rule("error", "事件子流程须有且只有一个带类型的开始事件", "an event sub-process needs exactly one start event with a definition", "选定消息、定时器、信号、错误或升级"),
    "end-missing": Rule("warning", "没有结束事件", "has no end event", "加一个结束事件"),
    "never-ends": Rule("error", "无论怎样走都到不了终点", "can never come to an end, whatever happens", "检查并行汇合是否等待不会来的分支"),
    "runs-forever": Rule("warning", "没有通到终点的路,会一直运行下去", "has no way to an end and runs for ever", "确认本意如此,或加上通到结束事件的出口"),
    "join-never": Rule("error", "并行汇合永远等不齐,不会继续", "this parallel join can never have all its tokens", "改用排他网关汇合,或在前面用并行网关分开"),
    "join-left": Rule("warning", "有的走法会让并行汇合一直等下去", "on some ways this parallel join is left waiting", "确认分开与汇合成对,或改用包容网关"),
    "event-missing": Rule("error", "没有选定事件类型", "has no event definition", "选定消息或定时器"),
    "event-place": Rule("error", "{what} 事件不能放在这里", "a {what} event cannot stand here", "换一种事件"),
    "attached-missing": Rule("error", "边界事件没有附着在活动上", "a boundary event must be attached to an activity", "放到活动的边上"),
    "error-duplicate": Rule("error", "同一活动上有两个捕获相同错误的边界事件", "two boundary events catch the same error", "删除其中一个"),
    "event-duplicate": Rule("error", "同一处有两个事件等待相同的{what}", "two events wait for the same {what}", "删除其中一个"),
    "event-gateway-few": Rule("error", "事件网关之后少于两个事件", "an event-based gateway needs two events or more", "补上事件,或直接用捕获事件"),
    "event-gateway-target": Rule("error", "事件网关之后只能是消息、定时器或信号的捕获事件,且只由它到达:{what}", "an event-based gateway leads to message, timer or signal catch events that nothing else leads to: {what}", "在它之后放捕获事件"),
    "signal-name": Rule("error", "信号没有名称", "the signal has no name", "给信号命名"),
    "link-name": Rule("error", "链接没有名称", "the link has no name", "给链接命名"),
    "link-target": Rule("error", "链接 {what} 在同一层内须有且只有一个捕获事件", "link {what} needs exactly one catch event in its scope", "补上或删除同名的链接捕获事件"),
    "compensation-handler": Rule("error", "补偿边界事件没有关联补偿活动", "the compensation event has no handler", "用关联线连到标记为补偿的活动"),
    "compensation-unattached": Rule("error", "补偿活动没有与任何补偿边界事件关联", "the handler is associated with no compensation event", "从补偿边界事件连一条关联线"),
    "compensation-border": Rule("error", "补偿活动上不能有边界事件", "a compensation handler has no boundary events", "把处理放到补偿子流程里"),
    "compensation-target": Rule("error", "{what} 不在此处的范围内,或没有可补偿的内容", "{what} cannot be compensated from here", "指定同一层内带补偿的活动,或不指定"),
    "message-name": Rule("error", "消息没有名称", "the message has no name", "给消息命名"),
    "correlation-missing": Rule("error", "消息没有关联键", "the message has no correlation key", "在消息上填写 correlationKey"),
    "user-task-kind": Rule("error", "人工任务要用 zeebe:userTask", "a user task needs zeebe:userTask", "在属性面板选 Camunda user task"),
    "task-type-missing": Rule("error", "没有任务类型", "has no task definition type", "填写 taskDefinition 的 type"),
    "task-retries": Rule("error", "重试次数 {what} 不是非负整数", "retries {what} is not a whole number", "填写整数"),
    "script-missing": Rule("error", "脚本任务没有表达式", "has no script expression", "填写 zeebe:script"),
    "result-missing": Rule("error", "没有结果变量", "has no result variable", "填写 resultVariable"),
    "decision-missing": Rule("error", "没有指定决策", "has no called decision", "填写 calledDecision"),
    "decision-property": Rule("error", "{what} 只用于调用决策的业务规则任务", "{what} belongs to a business-rule task with a called decision", "删除,或填写 calledDecision"),
    "decision-unknown": Rule("error", "决策 {what} 不存在", "decision {what} does not exist", "先部署决策表"),
    "form-unknown": Rule("error", "表单 {what} 不存在", "form {what} does not exist", "先部署表单"),
    "process-unknown": Rule("error", "被调用的流程 {what} 不存在", "called process {what} does not exist", "先部署被调用的流程"),
    "called-missing": Rule("error", "没有指定被调用的流程", "has no called process", "填写 calledElement 的 processId"),
    "binding-unsupported": Rule("error", "绑定方式 {what} 不受支持", "binding {what} is not supported", "用 latest;流程调用也可用 deployment 或 versionTag"),
    "priority-invalid": Rule("error", "优先级 {what} 不在 0 到 100 之间", "priority {what} is not within 0..100", "填写 0 到 100"),
    "mapping-empty": Rule("error", "映射缺少来源或目标", "a mapping lacks source or target", "补全映射"),
    "mapping-target": Rule("error", "映射的目标 {what} 不是变量名", "mapping target {what} is not a variable name", "用名称或用点分隔的路径"),
    "loop-without-collection": Rule("error", "多实例没有输入集合", "multi-instance has no input collection", "填写 inputCollection"),
    "loop-output": Rule("error", "输出集合与输出元素要同时填写", "output collection and element go together", "补全或都删除"),
    "loop-endless": Rule("error", "循环既没有条件也没有次数上限", "the loop has neither a condition nor a maximum", "填写 loopCondition 或 loopMaximum"),
    "loop-maximum": Rule("error", "循环次数 {what} 不是非负整数", "loopMaximum {what} is not a whole number", "填写整数"),
    "limit-without-stage": Rule("error", "有时限而没有环节名称", "bihuan:limit needs bihuan:stage", "填写 bihuan:stage"),
    "milestone-without-limit": Rule("error", "标了节点,而外围没有时限", "reaches a milestone of no clock around it", "在外围的活动上填写 bihuan:limit,或删除 bihuan:milestone"),
    "gateway-default": Rule("error", "默认出口 {what} 不是它的出口", "default {what} is not an outgoing flow of it", "改正默认出口"),
    "too-deep": Rule("error", "子流程嵌套超过 {what} 层", "is nested in more than {what} sub-processes", "拆成被调用的流程"),
    "too-large": Rule("error", "元素太多:{what}", "too many elements: {what}", "拆成被调用的流程"),
}  # fmt: skip


def finding(rule: str, element_id: str, element_name: str, **values: str) -> Finding:
    """One finding of a rule; values fill the rule's text."""
    return tell(rule, RULES[rule], element_id, element_name, **values)


def tell(name: str, rule: Rule, element_id: str, element_name: str, **values: str) -> Finding:
    """One finding of a rule of any table. Without an element it is about the file."""
    named = element_name or element_id
    zh, en = rule.zh.format(**values), rule.en.format(**values)
    return Finding(
        element_id,
        element_name,
        name,
        rule.severity,
        f"「{named}」{zh}。" if named else f"{zh}。",
        f"'{named}' ({element_id}) {en}." if named else f"{en}.",
        rule.hint.format(**values) if "{" in rule.hint else rule.hint,
    )
