"""Small BPMN files for tests, written as one line per element: ``bpmn(start(), user("a"), end(), flows="start>a a>end")``."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="urn:test">"""


def bpmn(*parts: str, flows: str, process_id: str = "p", more: str = "") -> bytes:
    """One executable process; ``more`` holds messages and errors beside it."""
    body = "".join(parts) + links(flows)
    return f'{HEAD}{more}<bpmn:process id="{process_id}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'.encode()


def links(flows: str) -> str:
    """``a>b`` a flow, ``a>b[x > 1]`` a conditional one; the id is a_b. Parts are separated by ``;`` or new lines."""
    made = []
    for part in flows.replace("\n", ";").split(";"):
        if not (text := part.strip()):
            continue
        ends, _, condition = text.partition("[")
        source, target = (end.strip() for end in ends.split(">"))
        inner = f"<bpmn:conditionExpression>={escaped(condition[:-1])}</bpmn:conditionExpression>" if condition else ""
        made.append(
            f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
        )
    return "".join(made)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items())


def element(tag: str, name: str, extensions: str = "", inner: str = "", **values: str) -> str:
    held = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return f'<bpmn:{tag} id="{name}"{attributes(**values)}>{held}{inner}</bpmn:{tag}>'


def z(tag: str, **values: str) -> str:
    return f"<zeebe:{tag}{attributes(**values)} />"


def io(*, inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """``{target: source}`` on both sides."""
    made = [z("input", source=source, target=target) for target, source in (inputs or {}).items()]
    made += [z("output", source=source, target=target) for target, source in (outputs or {}).items()]
    return f"<zeebe:ioMapping>{''.join(made)}</zeebe:ioMapping>"


def properties(**values: str) -> str:
    """Underscores stand for the colon: bihuan_stage."""
    made = "".join(z("property", name=name.replace("_", ":", 1), value=value) for name, value in values.items())
    return f"<zeebe:properties>{made}</zeebe:properties>"


def start(name: str = "start", inner: str = "", extensions: str = "") -> str:
    return element("startEvent", name, extensions, inner)


def end(name: str = "end", inner: str = "", extensions: str = "") -> str:
    return element("endEvent", name, extensions, inner)


def error_end(name: str, reference: str) -> str:
    return end(name, f'<bpmn:errorEventDefinition errorRef="{reference}" />')


def terminate(name: str = "stop") -> str:
    return end(name, "<bpmn:terminateEventDefinition />")


def user(name: str, extensions: str = "", inner: str = "") -> str:
    return element("userTask", name, z("userTask") + extensions, inner)


def service(name: str, type: str = "work", extensions: str = "", inner: str = "", tag: str = "serviceTask") -> str:
    return element(tag, name, z("taskDefinition", type=type) + extensions, inner)


def script(name: str, expression: str, result: str, extensions: str = "", inner: str = "") -> str:
    return element(
        "scriptTask", name, z("script", expression=f"={expression}", resultVariable=result) + extensions, inner
    )


def rule(name: str, decision: str, result: str, extensions: str = "") -> str:
    called = z("calledDecision", decisionId=decision, resultVariable=result)
    return element("businessRuleTask", name, called + extensions)


def call(name: str, process_id: str, extensions: str = "", inner: str = "", **values: str) -> str:
    return element("callActivity", name, z("calledElement", processId=process_id, **values) + extensions, inner)


def xor(name: str, default: str = "") -> str:
    return element("exclusiveGateway", name, **({"default": default} if default else {}))


def parallel(name: str) -> str:
    return element("parallelGateway", name)


def inclusive(name: str, default: str = "") -> str:
    return element("inclusiveGateway", name, **({"default": default} if default else {}))


def sub(name: str, *parts: str, flows: str, extensions: str = "", inner: str = "") -> str:
    return element("subProcess", name, extensions, "".join(parts) + links(flows) + inner)


def event_sub(name: str, *parts: str, flows: str, extensions: str = "") -> str:
    """An event sub-process; its start event carries the event: ``start("s1", on_error())``."""
    return element("subProcess", name, extensions, "".join(parts) + links(flows), triggeredByEvent="true")


def begin_on(name: str, definition: str, *, interrupting: bool = True, extensions: str = "") -> str:
    """The start event of an event sub-process."""
    return element("startEvent", name, extensions, definition, isInterrupting=str(interrupting).lower())


def event_gateway(name: str) -> str:
    return element("eventBasedGateway", name)


def throw(name: str, definition: str = "", extensions: str = "") -> str:
    return element("intermediateThrowEvent", name, extensions, definition)


def undo(name: str, tag: str = "userTask", extensions: str = "", inner: str = "") -> str:
    """A compensation handler."""
    return element(
        tag, name, (z("userTask") if tag == "userTask" else "") + extensions, inner, isForCompensation="true"
    )


def associate(source: str, target: str) -> str:
    return f'<bpmn:association id="{source}-{target}" sourceRef="{source}" targetRef="{target}" associationDirection="One" />'


def loop(condition: str = "", maximum: str = "", *, test_before: bool = False) -> str:
    """Standard loop characteristics."""
    held = f"<bpmn:loopCondition>={escaped(condition)}</bpmn:loopCondition>" if condition else ""
    values = {"testBefore": str(test_before).lower(), **({"loopMaximum": maximum} if maximum else {})}
    return f"<bpmn:standardLoopCharacteristics{attributes(**values)}>{held}</bpmn:standardLoopCharacteristics>"


def timer(kind: str, value: str) -> str:
    """``kind`` is Date, Duration or Cycle."""
    return f"<bpmn:timerEventDefinition><bpmn:time{kind}>{escaped(value)}</bpmn:time{kind}></bpmn:timerEventDefinition>"


def catch(name: str, definition: str, extensions: str = "") -> str:
    return element("intermediateCatchEvent", name, extensions, definition)


def boundary(name: str, host: str, definition: str, *, interrupting: bool = True, extensions: str = "") -> str:
    return element(
        "boundaryEvent", name, extensions, definition, attachedToRef=host, cancelActivity=str(interrupting).lower()
    )


def on_message(reference: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{reference}" />'


def on_error(reference: str = "") -> str:
    return f"<bpmn:errorEventDefinition{attributes(errorRef=reference) if reference else ''} />"


def on_signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="s-{name}" />'


def on_escalation(code: str = "") -> str:
    return f"<bpmn:escalationEventDefinition{attributes(escalationRef=f'x-{code}') if code else ''} />"


def on_link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}" />'


def compensate(activity: str = "") -> str:
    return f"<bpmn:compensateEventDefinition{attributes(activityRef=activity) if activity else ''} />"


def signal(name: str) -> str:
    return f'<bpmn:signal id="s-{name}" name="{name}" />'


def escalation(code: str) -> str:
    return f'<bpmn:escalation id="x-{code}" name="{code}" escalationCode="{code}" />'


def message(name: str, key: str = "=id") -> str:
    """A message; its id is its name with ``m-`` before it."""
    held = f"<bpmn:extensionElements>{z('subscription', correlationKey=key)}</bpmn:extensionElements>"
    return f'<bpmn:message id="m-{name}" name="{name}">{held}</bpmn:message>'


def error(code: str) -> str:
    return f'<bpmn:error id="e-{code}" name="{code}" errorCode="{code}" />'


def each(collection: str, item: str = "item", *, sequential: bool = False, until: str = "", **output: str) -> str:
    """Multi-instance characteristics; ``outputCollection`` and ``outputElement`` as keywords."""
    settings = z("loopCharacteristics", inputCollection=f"={collection}", inputElement=item, **output)
    condition = f"<bpmn:completionCondition>={escaped(until)}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:extensionElements>{settings}</bpmn:extensionElements>{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )
