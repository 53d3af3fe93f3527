"""Every rule refuses what it is for, names the element, and leaves a right diagram alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.diagrams import (
    associate,
    begin_on,
    boundary,
    bpmn,
    call,
    catch,
    compensate,
    each,
    element,
    end,
    error,
    error_end,
    event_gateway,
    event_sub,
    inclusive,
    io,
    links,
    loop,
    message,
    on_error,
    on_link,
    on_message,
    on_signal,
    parallel,
    properties,
    rule,
    script,
    service,
    signal,
    start,
    sub,
    terminate,
    throw,
    timer,
    undo,
    user,
    xor,
    z,
)
from workflows.engine import Catalogue, Definition, DiagramError, check, parse_processes
from workflows.engine.findings import RULES

LINE = "start>a;a>end"
GOOD = bpmn(
    start(),
    user("a", z("assignmentDefinition", candidateGroups="=g") + properties(bihuan_stage="处置", bihuan_limit="=limit")),
    boundary("late", "a", timer("Cycle", "R/PT1H"), interrupting=False),
    boundary("gone", "a", on_message("m-back")),
    service("job", extensions=io(inputs={"x": "=1", "y.z": "text"}, outputs={"r": "=r"})),
    boundary("failed", "job", on_error("e-E")),
    rule("d", "limits", "limit"),
    script("s", "1 + 1", "two"),
    call("c", "child"),
    sub("inner", start("s1"), user("i", inner=each("items", outputCollection="r", outputElement="=item")), terminate(),
        error_end("boom", "e-E"), xor("which", default="which_stop"), flows="s1>i;i>which;which>stop;which>boom[x]"),
    parallel("f"), parallel("j"), inclusive("o", default="o_j2"), inclusive("j2"), catch("m", on_message("m-back")),
    end(),
    more=message("back") + error("E"),
    flows="start>a;a>job;job>d;d>s;s>c;c>f;f>inner;f>m;inner>j;m>j;j>o;o>j2;o>end[x > 1];j2>end;late>end;gone>end;failed>end",
)  # fmt: skip


def found(source: bytes, catalogue: Catalogue | None = None) -> set[tuple[str, str]]:
    return {(finding.element_id, finding.rule) for finding in check(parse_processes(source), catalogue)}


def test_a_right_diagram_has_no_findings_and_builds():
    assert found(GOOD, Catalogue(decisions={"limits"}, forms=set(), processes={"child"})) == set()
    Definition(parse_processes(GOOD)[0])


def plain(inner: str = "", tag: str = "userTask", extensions: str = "", flows: str = LINE, more: str = "", rest: str = "",
          **values: str) -> bytes:  # fmt: skip
    return bpmn(start(), element(tag, "a", extensions, inner, **values), end(), rest, flows=flows, more=more)


def bordered(definition: str, **values) -> bytes:
    return bpmn(start(), user("a"), boundary("b", "a", definition, **values), end(), flows="start>a;a>end;b>end",
                more=message("m") + error("E"))  # fmt: skip


def nested(levels: int) -> bytes:
    inner = "".join((start("i"), user("a"), end("o"), links("i>a;a>o")))
    for level in range(levels - 1, -1, -1):
        held = element("subProcess", f"s{level}", inner=inner)
        around = (start(f"i{level}"), held, end(f"o{level}"), links(f"i{level}>s{level};s{level}>o{level}"))
        inner = "".join(around)
    return bpmn(inner, flows="")


def held(source: str, target: str, inner: str) -> str:
    return element("sequenceFlow", "f", inner=inner, sourceRef=source, targetRef=target)


REFUSED = [
    *((f"element-unsupported {tag}", plain(tag=tag), "a", "element-unsupported") for tag in (
        "complexGateway", "transaction", "adHocSubProcess", "choreographyTask",
    )),
    *((f"element-unsupported {name}={value}", plain(tag=tag, extensions=z("userTask") if tag == "userTask" else "", **{name: value}),
       "a", "element-unsupported") for tag, name, value in (
        ("userTask", "startQuantity", "2"), ("userTask", "completionQuantity", "3"), ("receiveTask", "instantiate", "true"),
        ("eventBasedGateway", "eventGatewayType", "Parallel"), ("eventBasedGateway", "instantiate", "1"),
    )),
    ("events of a multi-instance", plain(each("[1]").replace("isSequential", 'behavior="None" isSequential'),
                                         extensions=z("userTask")), "a", "element-unsupported"),
    ("two kinds of loops", plain(each("[1]") + loop("x"), extensions=z("userTask")), "a", "element-unsupported"),
    *((f"event sub-process with a loop {loops[6:9]}", bpmn(start(), element("subProcess", "a", inner=begin_on("b", on_error()) + end("e")
                                                                 + links("b>e") + loops, triggeredByEvent="true"), end(),
                                             flows="start>end"), "a", "element-unsupported") for loops in (each("[1]"), loop("x"))),
    ("two conditions", bpmn(start(), user("a"), end(), held("a", "end", "<bpmn:conditionExpression>=x</bpmn:conditionExpression>" * 2),
                            flows="start>a"), "f", "element-unsupported"),
    ("empty condition", bpmn(start(), user("a"), end(), held("a", "end", "<bpmn:conditionExpression />"), flows="start>a"), "f",
     "expression-required"),
    ("two times", bordered("<bpmn:timerEventDefinition><bpmn:timeDate>2026-03-02</bpmn:timeDate><bpmn:timeDuration>PT1H"
                           "</bpmn:timeDuration></bpmn:timerEventDefinition>"), "b", "event-unsupported"),
    ("default beside a flow that is always taken", plain(extensions=z("userTask"), default="a_end", flows=LINE + ";a>e2",
                                                         rest=end("e2")), "a", "condition-missing"),
    ("two events behind a gateway wait for the same", bpmn(
        start(), event_gateway("g"), catch("c", on_signal("s")), catch("a", on_signal("s")), end(), more=signal("s"),
        flows="start>g;g>c;g>a;c>end;a>end"), "a", "event-duplicate"),
    ("an outgoing flow that is none", plain("<bpmn:outgoing>start_a</bpmn:outgoing>", extensions=z("userTask")), "a",
     "flow-contradicted"),
    ("an incoming flow that does not exist", plain("<bpmn:incoming>old</bpmn:incoming>", extensions=z("userTask")), "a",
     "flow-contradicted"),
    ("event sub-process without an event", bpmn(start(), event_sub("a", start("s1"), end("e1"), flows="s1>e1"), end(),
                                                flows="start>end"), "a", "start-event"),
    ("event sub-process in the flow", bpmn(start(), event_sub("a", start("s1", on_error()), end("e1"), flows="s1>e1"), end(),
                                           flows=LINE), "a", "incoming-forbidden"),
    ("non-interrupting error start", bpmn(start(), event_sub("a", element("startEvent", "s1", "", on_error(), isInterrupting="false"),
                                                             end("e1"), flows="s1>e1"), end(), flows="start>end"), "s1", "event-place"),
    ("compensation handler in the flow", plain(extensions=z("userTask"), isForCompensation="true"), "a", "incoming-forbidden"),
    ("handler of nothing", bpmn(start(), element("task", "a", isForCompensation="true"), end(), flows="start>end"), "a",
     "compensation-unattached"),
    ("compensation without a handler", bordered("<bpmn:compensateEventDefinition />").replace(b'id="b_end"', b'id="b_end_"'),
     "b", "compensation-handler"),
    ("border of a handler", bpmn(start(), user("a"), boundary("b", "a", compensate()), undo("h"), boundary("late", "h", timer("Duration", "PT1H")),
                                 end(), associate("b", "h"), flows="start>a;a>end;late>end"), "late", "compensation-border"),
    ("compensation of what has none", bpmn(start(), user("a"), throw("t", compensate("a")), end(), flows="start>a;a>t;t>end"), "t",
     "compensation-target"),
    ("compensation without waiting", bpmn(start(), throw("t", '<bpmn:compensateEventDefinition waitForCompletion="false" />'), end(),
                                          flows="start>t;t>end"), "t", "event-unsupported"),
    ("loop without end", plain('<bpmn:standardLoopCharacteristics id="l" />', extensions=z("userTask")), "a", "loop-endless"),
    ("loop maximum", plain('<bpmn:standardLoopCharacteristics id="l" loopMaximum="many" />', extensions=z("userTask")), "a",
     "loop-maximum"),
    ("one event to choose from", bpmn(start(), event_gateway("g"), catch("c", timer("Duration", "PT1H")), end(),
                                      flows="start>g;g>c;c>end"), "g", "event-gateway-few"),
    ("task behind an event-based gateway", bpmn(start(), event_gateway("g"), catch("c", timer("Duration", "PT1H")), user("a"), end(),
                                                flows="start>g;g>c;g>a;c>end;a>end"), "g", "event-gateway-target"),
    ("signal without a name", bpmn(start(), catch("c", on_signal("")), end(), more=signal(""), flows="start>c;c>end"), "c",
     "signal-name"),
    ("same signal twice", bpmn(start(), user("a"), boundary("b", "a", on_signal("s")), boundary("c", "a", on_signal("s")), end(),
                               more=signal("s"), flows="start>a;a>end;b>end;c>end"), "c", "event-duplicate"),
    ("link without a name", bpmn(start(), throw("l", on_link("")), end(), flows="start>l"), "l", "link-name"),
    ("link to nowhere", bpmn(start(), throw("l", on_link("x")), end(), flows="start>l"), "l", "link-target"),
    *((f"event-unsupported {kind}", bordered(f"<bpmn:{kind}EventDefinition />"), "b", "event-unsupported")
      for kind in ("conditional", "cancel")),
    ("two definitions", bordered(timer("Duration", "PT1H") + on_message("m-m")), "b", "event-unsupported"),
    ("unknown zeebe", plain(extensions=z("userTask") + z("executionListeners")), "a", "extension-unknown"),
    ("foreign extension", plain(extensions=z("userTask") + '<x:y xmlns:x="http://flowable.org/bpmn" />'), "a",
     "extension-foreign"),
    ("id", bpmn(start(), user("1 a"), end(), flows="start>1 a;1 a>end"), "1 a", "id-invalid"),
    ("same id", bpmn(start(), user("a"), user("a"), end(), flows=LINE), "a", "id-duplicate"),
    ("flow to nowhere", plain(extensions=z("userTask"), flows=LINE + ";a>ghost"), "a_ghost", "reference-missing"),
    ("messageRef", bordered(on_message("nothing")), "b", "reference-missing"),
    ("errorRef", bordered(on_error("nothing")), "b", "reference-missing"),
    ("empty timer", bordered("<bpmn:timerEventDefinition />"), "b", "timer-empty"),
    ("empty timer text", bordered(timer("Duration", "")), "b", "timer-empty"),
    ("timer text", bordered(timer("Duration", "2 hours")), "b", "timer-invalid"),
    ("zero cycle", bordered(timer("Cycle", "R/PT0S"), interrupting=False), "b", "timer-invalid"),
    ("interrupting cycle", bordered(timer("Cycle", "R3/PT1H")), "b", "timer-kind"),
    ("start after a duration", bpmn(start(inner=timer("Duration", "PT1H")), end(), flows="start>end"), "start", "timer-kind"),
    ("FEEL timer", bordered(timer("Duration", "=1 +")), "b", "expression-invalid"),
    ("FEEL mapping", plain(extensions=z("userTask") + io(outputs={"x": "=(1"})), "a", "expression-invalid"),
    ("FEEL without what is compared", plain(extensions=z("userTask") + io(outputs={"x": "=> 1"})), "a",
     "expression-invalid"),
    ("FEEL property", plain(extensions=z("userTask") + properties(hint="=)")), "a", "expression-invalid"),
    ("Python condition", bpmn(start(), xor("g", default="g_end"), end(), end("e2"), flows="start>g;g>end;g>e2[a == b]"),
     "g", "expression-invalid"),
    ("condition on a fork", bpmn(start(), parallel("a"), end(), flows="start>a;a>end[x]"), "a", "condition-misplaced"),
    ("no condition", bpmn(start(), xor("g"), end(), end("e2"), flows="start>g;g>end[x];g>e2"), "g", "condition-missing"),
    ("open end", bpmn(start(), user("a"), end(), parallel("f"), flows="start>f;f>a;f>end"), "a", "outgoing-none"),
    ("dead end", bpmn(start(), parallel("f"), end(), xor("a"), flows="start>f;f>a;f>end"), "a", "outgoing-missing"),
    ("after the end", bpmn(start(), end(), end("e2"), flows="start>end;end>e2"), "end", "outgoing-forbidden"),
    ("before the start", bpmn(start(), user("a"), end(), parallel("f"), flows="start>a;a>f;f>end;f>start"), "start",
     "incoming-forbidden"),
    ("unreachable", bpmn(start(), user("a"), end(), flows="start>end;a>end"), "a", "incoming-missing"),
    ("across a border", bpmn(start(), sub("s", start("s1"), user("i"), end("e1"), flows="s1>i;i>e1"), end(),
                             flows="start>s;s>end;i>end"), "i", "flow-crosses"),
    ("no start", bpmn(user("a"), end(), flows="a>end"), "p", "start-missing"),
    ("two starts", bpmn(start(), start("start2"), end(), flows="start>end;start2>end"), "p", "start-several"),
    ("no inner start", bpmn(start(), sub("s", user("i"), end("e1"), flows="i>e1"), end(), flows="start>s;s>end"), "s",
     "start-inner"),
    ("timer inner start", bpmn(start(), sub("s", start("s1", timer("Date", "2026-01-01T00:00:00Z")), end("e1"), flows="s1>e1"),
                               end(), flows="start>s;s>end"), "s", "start-inner"),
    ("no end", bpmn(start(), user("a"), flows="start>a"), "p", "end-missing"),
    ("no inner end", bpmn(start(), sub("s", start("s1"), user("i"), flows="s1>i"), end(), flows="start>s;s>end"), "s",
     "end-missing"),
    ("catch without event", bpmn(start(), catch("c", ""), end(), flows="start>c;c>end"), "c", "event-missing"),
    ("boundary without event", bordered(""), "b", "event-missing"),
    ("error start", bpmn(start(inner=on_error()), end(), flows="start>end"), "start", "event-place"),
    ("message end", bpmn(start(), end("end", on_message("m-m")), more=message("m"), flows="start>end"), "end", "task-type-missing"),
    ("terminate on the way", bpmn(start(), throw("t", "<bpmn:terminateEventDefinition />"), end(), flows="start>t;t>end"), "t",
     "event-place"),
    ("attached to nothing", bpmn(start(), user("a"), boundary("b", "ghost", timer("Duration", "PT1H")), end(),
                                 flows="start>a;a>end;b>end"), "b", "attached-missing"),
    ("same error twice", bpmn(start(), user("a"), boundary("b", "a", on_error()), boundary("c", "a", on_error()), end(),
                              flows="start>a;a>end;b>end;c>end"), "c", "error-duplicate"),
    ("message without a name", bpmn(start(), catch("c", on_message("m-")), end(), more=message(""), flows="start>c;c>end"),
     "c", "message-name"),
    ("no correlation key", bpmn(start(), catch("c", on_message("m")), end(), more='<bpmn:message id="m" name="m" />',
                                flows="start>c;c>end"), "c", "correlation-missing"),
    ("correlation key as text", bpmn(start(), catch("c", on_message("m-m")), end(), more=message("m", "id"),
                                     flows="start>c;c>end"), "c", "expression-required"),
    ("job-based user task", plain(), "a", "user-task-kind"),
    ("no job type", plain(tag="serviceTask"), "a", "task-type-missing"),
    ("retries", plain(tag="serviceTask", extensions=z("taskDefinition", type="t", retries="-1")), "a", "task-retries"),
    ("no script", plain(tag="scriptTask"), "a", "script-missing"),
    ("script without result", plain(tag="scriptTask", extensions=z("script", expression="=1")), "a", "result-missing"),
    ("script is text", plain(tag="scriptTask", extensions=z("script", expression="1", resultVariable="x")), "a",
     "expression-required"),
    ("no decision", plain(tag="businessRuleTask"), "a", "decision-missing"),
    ("no called process", plain(tag="callActivity"), "a", "called-missing"),
    ("binding", plain(tag="callActivity", extensions=z("calledElement", processId="c", bindingType="newest")), "a",
     "binding-unsupported"),
    ("priority", plain(extensions=z("userTask") + z("priorityDefinition", priority="101")), "a", "priority-invalid"),
    ("empty mapping", plain(extensions=z("userTask") + io(outputs={"": "=1"})), "a", "mapping-empty"),
    ("mapping target", plain(extensions=z("userTask") + io(outputs={"a b": "=1"})), "a", "mapping-target"),
    ("loop without collection", plain("<bpmn:multiInstanceLoopCharacteristics />", extensions=z("userTask")), "a",
     "loop-without-collection"),
    ("half an output", bpmn(start(), user("a", inner=each("x", outputCollection="r")), end(), flows=LINE), "a", "loop-output"),
    ("version in force of nothing", plain(extensions=z("userTask") + properties(bihuan_asOf="=day")), "a", "decision-property"),
    ("basis of nothing", plain(extensions=z("userTask") + properties(bihuan_basis="why")), "a", "decision-property"),
    ("version in force on a text", bpmn(start(), rule("d", "x", "r", properties(bihuan_asOf="2026-03-01")), end(), flows="start>d;d>end"), "d",
     "expression-required"),
    ("basis that is no variable", bpmn(start(), rule("d", "x", "r", properties(bihuan_basis="a.b")), end(), flows="start>d;d>end"), "d",
     "mapping-target"),
    ("limit without stage", plain(extensions=z("userTask") + properties(bihuan_limit="=x")), "a", "limit-without-stage"),
    ("milestone of no clock", plain(extensions=z("userTask") + properties(bihuan_milestone="排险")), "a",
     "milestone-without-limit"),
    ("resumes is text", plain(extensions=z("userTask") + properties(bihuan_limit="=x", bihuan_stage="处置", bihuan_resumes="yes")),
     "a", "expression-required"),
    ("milestone on an event", bpmn(start(), catch("c", timer("Duration", "PT1H"), properties(bihuan_milestone="=((")), end(),
                                   flows="start>c;c>end"), "c", "expression-invalid"),
    ("default of another", bpmn(start(), xor("g", default="start_g"), end(), end("e2"),
                                flows="start>g;g>end[x];g>e2[y]"), "g", "gateway-default"),
    ("a 1 is true for an event sub-process", bpmn(start(), element("subProcess", "a", inner=start("s1") + end("e1"),
                                                                   triggeredByEvent="1"), end(), flows="start>end"),
     "a", "start-event"),
    ("a 1 is true for compensation", plain(extensions=z("userTask"), isForCompensation="1"), "a", "incoming-forbidden"),
    ("cardinality", plain(each("x").replace("</bpmn:multi", "<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multi"),
                          extensions=z("userTask")), "a", "element-unsupported"),
    ("loop on an event", bpmn(start(), end("end", each("x")), flows="start>end"), "end", "element-unsupported"),
    ("event on a task", plain(timer("Duration", "PT1H"), extensions=z("userTask")), "a", "element-unsupported"),
    ("event of another language", bpmn(start(), catch("c", '<x:timerEventDefinition xmlns:x="urn:x" />'), end(),
                                       flows="start>c;c>end"), "c", "event-missing"),
    ("script on a service task", plain(tag="serviceTask", extensions=z("taskDefinition", type="t") + z("script", expression="=1")),
     "a", "extension-unknown"),
    ("job-based script", plain(tag="scriptTask", extensions=z("taskDefinition", type="t")), "a", "extension-unknown"),
    ("job on an end", bpmn(start(), end("end", extensions=z("taskDefinition", type="t")), flows="start>end"), "end",
     "extension-unknown"),
    ("decision and job", plain(tag="businessRuleTask", extensions=z("taskDefinition", type="t")
                               + z("calledDecision", decisionId="d", resultVariable="r")), "a", "extension-unknown"),
    ("input of an event", bpmn(start(), catch("c", on_message("m-m"), io(inputs={"x": "=1"})), end(), more=message("m"),
                               flows="start>c;c>end"), "c", "extension-unknown"),
    ("output of a gateway", bpmn(start(), element("parallelGateway", "a", io(outputs={"x": "=1"})), end(), flows=LINE), "a",
     "extension-unknown"),
    ("output of an error end", bpmn(start(), end("end", '<bpmn:errorEventDefinition errorRef="e-E" />', io(outputs={"x": "=1"})),
                                    more=error("E"), flows="start>end"), "end", "extension-unknown"),
    ("a mapping that is neither", plain(extensions=z("userTask") + "<zeebe:ioMapping>" + z("both", source="=1", target="x")
                                        + "</zeebe:ioMapping>"), "a", "extension-unknown"),
    ("limit of a gateway", bpmn(start(), element("parallelGateway", "a", properties(bihuan_stage="s", bihuan_limit="=x")), end(),
                                flows=LINE), "a", "extension-unknown"),
    ("no id of the process", bpmn(start(), end(), flows="start>end", process_id=""), "", "id-invalid"),
    ("id of the process", bpmn(start(), end(), flows="start>end", process_id="a b"), "a b", "id-invalid"),
    ("empty condition", bpmn(start(), xor("g", default="g_end"), end(), end("e2"), flows="start>g;g>end;g>e2[x]").replace(
        b"=x<", b" <"), "g", "condition-missing"),
    ("blank before an expression", plain(extensions=z("userTask") + z("assignmentDefinition", assignee=" =1 +")), "a",
     "expression-invalid"),
    ("blank job type", plain(tag="serviceTask", extensions=z("taskDefinition", type=" ")), "a", "task-type-missing"),
    ("blank decision", plain(tag="businessRuleTask", extensions=z("calledDecision", decisionId=" ", resultVariable="r")), "a",
     "decision-missing"),
    ("blank called process", plain(tag="callActivity", extensions=z("calledElement", processId=" ")), "a", "called-missing"),
    ("retries without end", plain(tag="serviceTask", extensions=z("taskDefinition", type="t", retries="9" * 5000)), "a",
     "task-retries"),
    ("priority without end", plain(extensions=z("userTask") + z("priorityDefinition", priority="9" * 5000)), "a",
     "priority-invalid"),
    ("mapping target too deep", plain(extensions=z("userTask") + io(outputs={".".join("a" * 500): "=1"})), "a", "mapping-target"),
    ("non-interrupting error", bordered(on_error("e-E"), interrupting=False), "b", "event-place"),
    ("error code to catch", bordered(on_error("e-E")).replace(b'errorCode="E"', b'errorCode="=E"'), "b", "event-unsupported"),
    ("two that catch everything", bpmn(start(), user("a"), boundary("b", "a", on_error()), boundary("c", "a", on_error("e-")),
                                       end(), flows="start>a;a>end;b>end;c>end", more=error("")), "c", "error-duplicate"),
    ("error end without an error", bpmn(start(), end("end", on_error()), flows="start>end"), "end", "reference-missing"),
    *(("attached to no id", bpmn(start(), element("userTask", "", z("userTask")), element("boundaryEvent", "b", "", on_error(), **of),
                                 end(), flows="start>end;b>end"), "b", "attached-missing") for of in ({}, {"attachedToRef": ""})),
    ("fork by choice, join by all", bpmn(start(), xor("x", default="x_a"), user("a"), user("b"), parallel("j"), end(),
                                         flows="start>x;x>a;x>b[c];a>j;b>j;j>end"), "j", "join-never"),
    ("no way to the end", bpmn(start(), xor("x", default="x_a"), user("a"), user("b"), parallel("j"), end(),
                               flows="start>x;x>a;x>b[c];a>j;b>j;j>end"), "p", "never-ends"),
    ("round and round", bpmn(start(), user("a"), flows="start>a;a>a"), "p", "runs-forever"),
    ("fork by some, join by all", bpmn(start(), inclusive("x"), user("a"), user("b"), parallel("j"), end(),
                                       flows="start>x;x>a[y];x>b[c];a>j;b>j;j>end"), "j", "join-left"),
    ("too deep", nested(51), "s50", "too-deep"),
    ("too large", bpmn(*(user(f"t{i}") for i in range(5001)), flows=""), "p", "too-large"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "element_id", "rule_id"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_run_right_is_named(source, element_id, rule_id):
    assert (element_id, rule_id) in found(source)


@pytest.mark.parametrize(("written", "meant"), [("1", True), (" true ", True), ("0", False), ("false", False)])
def test_a_boolean_is_read_as_xml_schema_writes_it(written, meant):
    source = bpmn(start(), user("a", inner=each("x", sequential=True)), boundary("b", "a", timer("Duration", "PT1H")), end(),
                  flows="start>a;a>end;b>end")  # fmt: skip
    for name in (b"isExecutable", b"isSequential", b"cancelActivity"):
        source = source.replace(name + b'="true"', name + f'="{written}"'.encode())
    if not meant:
        with pytest.raises(DiagramError, match="isExecutable"):
            parse_processes(source)
        source = source.replace(b'isExecutable="%s"' % written.encode(), b'isExecutable="true"')
    nodes = parse_processes(source)[0].nodes
    assert nodes["a"].loop is not None
    assert (nodes["a"].loop.sequential, nodes["b"].interrupting) == (meant, meant)


@pytest.mark.parametrize("inner", [
    "= x <!-- not y -->= 1", "<![CDATA[= x = 1]]>", "<bpmn:documentation>why</bpmn:documentation>= x = 1",
    "= x <bpmn:extensionElements />= 1",
])  # fmt: skip
def test_an_expression_is_all_the_text_beside_what_is_inside_it(inner):
    condition = f"<bpmn:conditionExpression>{inner}</bpmn:conditionExpression>"
    source = bpmn(start(), user("a"), end(), held("a", "end", condition), flows="start>a")
    assert parse_processes(source)[0].flows["f"].condition == "= x = 1"


def test_what_is_wrong_with_an_element_does_not_hide_what_is_wrong_with_the_whole():
    whole = "start>x;x>a;x>b[c];a>j;b>j;j>end"
    parts = (start(), xor("x", default="x_a"), user("b"), parallel("j"), end())
    assert found(bpmn(*parts, element("serviceTask", "a"), flows=whole)) == {
        ("a", "task-type-missing"), ("j", "join-never"), ("p", "never-ends"),
    }  # fmt: skip
    assert found(bpmn(*parts, element("complexGateway", "a"), flows=whole)) >= {("a", "element-unsupported")}
    assert ("j", "join-never") not in found(bpmn(*parts, element("complexGateway", "a"), flows=whole))


def test_a_reference_may_have_the_prefix_of_the_file_s_own_namespace():
    source = bordered(on_message("m-m")).replace(
        b"<bpmn:definitions", b'<bpmn:definitions xmlns:tns="urn:test" xmlns:not="urn:x"'
    )
    for prefix, rules in (
        (b"tns", set()),
        (b"not", {("b", "reference-missing")}),
        (b"none", {("b", "reference-missing")}),
    ):
        assert found(source.replace(b'messageRef="', b'messageRef="' + prefix + b":")) == rules
    attached = source.replace(b'attachedToRef="', b'attachedToRef="tns:')
    assert parse_processes(attached)[0].nodes["b"].attached_to == "a"


def test_only_a_boundary_event_is_attached_to_an_activity():
    source = bpmn(
        start(), user("a"), element("parallelGateway", "f", attachedToRef="a"), end(), flows="start>a;a>f;f>end"
    )
    model = parse_processes(source)[0]
    assert (model.nodes["f"].attached_to, model.boundaries("a")) == (None, [])


@pytest.mark.parametrize(("catalogue", "element_id", "rule_id"), [
    (Catalogue(decisions=set()), "d", "decision-unknown"),
    (Catalogue(processes=set()), "c", "process-unknown"),
])  # fmt: skip
def test_what_is_referred_to_must_exist(catalogue, element_id, rule_id):
    assert found(GOOD, catalogue) == {(element_id, rule_id)}


def test_a_form_must_exist():
    source = plain(extensions=z("userTask") + z("formDefinition", formId="answer"))
    assert found(source, Catalogue(forms=set())) == {("a", "form-unknown")}
    assert found(source, Catalogue(forms={"answer"})) == set()


def test_every_rule_has_a_diagram_that_it_refuses():
    tested = {r[3] for r in REFUSED} | {"decision-unknown", "process-unknown", "form-unknown"}
    assert set(RULES) == tested


def test_a_finding_says_what_and_how_to_mend_in_both_languages():
    finding = next(
        f for f in check(parse_processes(bordered(timer("Duration", "2 hours")))) if f.rule == "timer-invalid"
    )
    assert "2 hours" in finding.message
    assert "2 hours" in finding.message_en
    assert finding.hint
    assert finding.severity == "error"


@pytest.mark.parametrize(("source", "said"), [
    (b"", "XML"),
    (b"<a", "XML"),
    (b"<a/>", "bpmn:definitions"),
    (b"\xff\xfe\x00", "XML"),
    (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + GOOD.split(b"?>", 1)[1], "DOCTYPE"),
    (GOOD.split(b"?>", 1)[1].decode().join(['<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x>', ""]).encode("utf-16"),
     "DOCTYPE"),
    (GOOD.replace(b'isExecutable="true"', b""), "isExecutable"),
    (b" " * 4_000_001, "4000000"),
    (b"<a>" * 300 + b"</a>" * 300, "XML"),
])  # fmt: skip
def test_what_is_no_diagram_is_refused_with_a_reason(source, said):
    with pytest.raises(DiagramError, match=said):
        parse_processes(source)


def test_entities_are_never_expanded():
    bomb = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]><x>&b;</x>'
    with pytest.raises(DiagramError):
        parse_processes(bomb)


def test_every_rule_is_in_the_reference():
    page = (Path(__file__).parents[3] / "docs" / "reference" / "conformance.md").read_text()
    for name, rule_ in RULES.items():
        assert f"| `{name}` | {rule_.severity} | {rule_.zh} | {rule_.en} | {rule_.hint} |" in page
