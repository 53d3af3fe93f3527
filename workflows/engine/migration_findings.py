"""What forbids a migration: each reason with its text in Chinese and English and how to mend it."""

from __future__ import annotations

from typing import NamedTuple

from workflows.engine.model import Finding, Node


class Reason(NamedTuple):
    severity: str
    zh: str
    en: str
    hint: str


REASONS: dict[str, Reason] = {
    # Of two definitions
    "source-unknown": Reason("error", "不在原流程里", "is not in the source process", "改正 sourceElementId"),
    "target-unknown": Reason("error", "要对应的 {what} 不在新流程里", "is mapped to {what}, which is not in the target process", "改正 targetElementId"),
    "source-twice": Reason("error", "有两条对应", "is mapped twice", "只留一条"),
    "target-twice": Reason("error", "和别的元素都对应到 {what}", "is mapped to {what} like another element", "事件、汇合网关和连线各自对应"),
    "type-differs": Reason("error", "类型不同:{what}", "has another type: {what}", "对应到同一类型的元素"),
    "event-differs": Reason("error", "事件类型不同:{what}", "has another kind of event: {what}", "对应到同一种事件,或不对应而重新订阅"),
    "loop-differs": Reason("error", "重复方式不同:{what}", "is repeated in another way: {what}", "多实例的方式不能改变"),
    "work-differs": Reason("error", "执行方式不同:{what}", "is carried out in another way: {what}", "对应到执行方式相同的元素"),
    "scope-differs": Reason("error", "所在的子流程不同:{what}", "is in another sub-process: {what}", "子流程也要对应,元素不能移进或移出子流程"),
    "detached": Reason("error", "会离开它所属的元素:{what}", "would part from what it belongs to: {what}", "对应到新元素自己的事件,或不对应"),
    "left-out": Reason("warning", "没有对应:{what}", "is not mapped: {what}", "停在这里的实例不能迁移;需要时补一条对应"),
    # Of one instance
    "unmapped": Reason("error", "正在进行,却没有对应到新流程的元素", "is active and mapped to no element of the target", "补一条对应"),
    "stop-unmapped": Reason("error", "是实例应当停下的地方,却没有对应到新流程的元素", "is where the instance is to stop and mapped to no element of the target", "补一条对应"),
    "flow-unmapped": Reason("error", "的令牌由连线 {what} 到来,新流程里没有对应的连线通到对应的网关", "holds a token that came by flow {what}, to which none in the target corresponds that leads to the mapped gateway", "为这条连线补一条对应"),
    "join-narrower": Reason("error", "的入口少了:{what}", "has fewer incoming flows: {what}", "正在汇合的网关不能减少入口"),
    "collection-differs": Reason("error", "的输出集合改了名称:{what}", "has another output collection: {what}", "正在进行的多实例保持 outputCollection 不变"),
    "subscription-failed": Reason("error", "不能订阅:{what}", "cannot be subscribed to: {what}", "先补上它要用的变量,或改正表达式"),
    "cannot-finish": Reason("error", "迁移后再也走不到结束:{what}", "could never come to its end: {what}", "改新流程,或迁移前先调整实例的位置"),
    "finish-unsure": Reason("warning", "太大,无法断定迁移后能否走到结束", "is too large to be sure that it can come to its end", "迁移后留意"),
}  # fmt: skip


def reason(rule: str, node: Node | str, what: str = "") -> Finding:
    """One finding about an element, or about an id that is none."""
    severity, zh, en, hint = REASONS[rule]
    element_id, name = (node, "") if isinstance(node, str) else (node.id, node.name)
    named = name or element_id
    return Finding(
        element_id,
        name,
        rule,
        severity,
        f"「{named}」{zh.format(what=what)}。",
        f"'{named}' ({element_id}) {en.format(what=what)}.",
        hint,
    )
