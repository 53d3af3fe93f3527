"""Beside each diagram that a rule refuses there is one, a small step away, that it accepts."""

from __future__ import annotations

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
    end,
    error,
    error_end,
    event_gateway,
    event_sub,
    inclusive,
    io,
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
    throw,
    timer,
    undo,
    user,
    xor,
    z,
)
from tests.workflows.engine.test_conformance import LINE, bordered, nested, plain
from workflows.engine import Catalogue, check, parse_processes
from workflows.engine.findings import RULES

TASK = bpmn(start(), user("a"), end(), flows=LINE)
HANDLED = (user("a"), boundary("b", "a", compensate()), undo("h"), associate("b", "h"))
ACCEPTED: dict[str, bytes] = {
    "element-unsupported": plain(tag="manualTask"),
    "event-unsupported": bordered(on_error("e-E")),
    "extension-unknown": plain(extensions=z("userTask") + z("taskSchedule", dueDate="2026-03-02")),
    "extension-foreign": TASK,
    "id-invalid": bpmn(start(), user("审核-1"), end(), flows="start>审核-1;审核-1>end"),
    "id-duplicate": bpmn(start(), user("a"), user("a2"), end(), flows="start>a;a>a2;a2>end"),
    "reference-missing": bordered(on_message("m-m")),
    "timer-empty": bordered(timer("Duration", "PT1H")),
    "timer-kind": bordered(timer("Cycle", "R3/PT1H"), interrupting=False),
    "timer-invalid": bordered(timer("Cycle", "0 0 9 * * MON-FRI"), interrupting=False),
    "expression-invalid": plain(extensions=z("userTask") + io(outputs={"x": "=(1)"})),
    "expression-required": plain(tag="scriptTask", extensions=z("script", expression="=1", resultVariable="x")),
    "condition-misplaced": bpmn(start(), user("a"), end(), end("e2"), flows="start>a;a>end[x];a>e2"),
    "condition-missing": bpmn(start(), xor("g", default="g_e2"), end(), end("e2"), flows="start>g;g>end[x];g>e2"),
    "outgoing-none": bpmn(start(), user("a"), end(), parallel("f"), flows="start>f;f>a;f>end;a>end"),
    "outgoing-missing": bpmn(start(), parallel("f"), end(), xor("a"), flows="start>f;f>a;f>end;a>end"),
    "outgoing-forbidden": bpmn(start(), throw("t"), end("e2"), flows="start>t;t>e2"),
    "incoming-forbidden": bpmn(start(), xor("m"), user("a"), xor("g", default="g_m"), end(),
                               flows="start>m;m>a;a>g;g>m;g>end[x]"),
    "incoming-missing": bpmn(start(), parallel("f"), user("a"), end(), flows="start>f;f>a;f>end;a>end"),
    "flow-crosses": bpmn(start(), sub("s", start("s1"), user("i"), end("e1"), flows="s1>i;i>e1"), end(), flows="start>s;s>end"),
    "flow-contradicted": plain("<bpmn:incoming>start_a</bpmn:incoming><bpmn:outgoing>tns:a_end</bpmn:outgoing>",
                               extensions=z("userTask")),
    "start-missing": bpmn(start(), user("a"), end(), flows=LINE),
    "start-several": bpmn(start(), start("start2", on_message("m-m")), end(), flows="start>end;start2>end", more=message("m")),
    "start-inner": bpmn(start(), sub("s", start("s1"), end("e1"), flows="s1>e1"), end(), flows="start>s;s>end"),
    "start-event": bpmn(start(), event_sub("v", begin_on("s1", timer("Duration", "PT1H")), end("e1"), flows="s1>e1"), user("a"),
                        end(), flows=LINE),
    "end-missing": TASK,
    "event-missing": bpmn(start(), catch("c", timer("Duration", "PT1H")), end(), flows="start>c;c>end"),
    "event-place": bpmn(start(), error_end("boom", "e-E"), flows="start>boom", more=error("E")),
    "attached-missing": bordered(timer("Duration", "PT1H")),
    "error-duplicate": bpmn(start(), user("a"), boundary("b", "a", on_error()), boundary("c", "a", on_error("e-E")), end(),
                            flows="start>a;a>end;b>end;c>end", more=error("E")),
    "event-duplicate": bpmn(start(), user("a"), boundary("b", "a", on_signal("s")), boundary("c", "a", on_signal("t")), end(),
                            flows="start>a;a>end;b>end;c>end", more=signal("s") + signal("t")),
    "event-gateway-few": bpmn(start(), event_gateway("g"), catch("c", timer("Duration", "PT1H")), catch("d", on_signal("s")), end(),
                              flows="start>g;g>c;g>d;c>end;d>end", more=signal("s")),
    "event-gateway-target": bpmn(start(), event_gateway("g"), catch("c", timer("Duration", "PT1H")), catch("d", on_message("m-m")),
                                 end(), flows="start>g;g>c;g>d;c>end;d>end", more=message("m")),
    "signal-name": bpmn(start(), catch("c", on_signal("s")), end(), more=signal("s"), flows="start>c;c>end"),
    "link-name": bpmn(start(), throw("l", on_link("x")), catch("c", on_link("x")), end(), flows="start>l;c>end"),
    "link-target": bpmn(start(), parallel("f"), throw("l", on_link("x")), throw("k", on_link("x")), catch("c", on_link("x")), end(),
                        flows="start>f;f>l;f>k;c>end"),
    "compensation-handler": bpmn(start(), *HANDLED, end(), flows=LINE),
    "compensation-unattached": bpmn(start(), *HANDLED, end(), flows=LINE),
    "compensation-border": bpmn(start(), *HANDLED, boundary("late", "a", timer("Duration", "PT1H")), end(), flows=LINE + ";late>end"),
    "compensation-target": bpmn(start(), *HANDLED, throw("t", compensate("a")), end(), flows="start>a;a>t;t>end"),
    "message-name": bpmn(start(), catch("c", on_message("m-m")), end(), more=message("m"), flows="start>c;c>end"),
    "correlation-missing": bpmn(start(inner=on_message("m")), end(), more='<bpmn:message id="m" name="m" />', flows="start>end"),
    "user-task-kind": TASK,
    "task-type-missing": bpmn(start(), service("a"), end(), flows=LINE),
    "task-retries": plain(tag="serviceTask", extensions=z("taskDefinition", type="t", retries="0")),
    "script-missing": bpmn(start(), script("a", "1", "x"), end(), flows=LINE),
    "result-missing": bpmn(start(), rule("a", "d", "x"), end(), flows=LINE),
    "decision-missing": plain(tag="businessRuleTask", extensions=z("taskDefinition", type="t")),
    "decision-unknown": bpmn(start(), rule("a", "known", "x"), end(), flows=LINE),
    "form-unknown": bpmn(start(), user("a", z("formDefinition", formId="known")), end(), flows=LINE),
    "process-unknown": bpmn(start(), call("a", "known"), end(), flows=LINE),
    "called-missing": bpmn(start(), call("a", "=which"), end(), flows=LINE),
    "binding-unsupported": bpmn(start(), call("a", "known", bindingType="versionTag", versionTag="v1"), end(), flows=LINE),
    "priority-invalid": plain(extensions=z("userTask") + z("priorityDefinition", priority="100")),
    "mapping-empty": plain(extensions=z("userTask") + io(outputs={"x": "=1"})),
    "mapping-target": plain(extensions=z("userTask") + io(outputs={"a.b": "=1"})),
    "loop-without-collection": bpmn(start(), user("a", inner=each("x")), end(), flows=LINE),
    "loop-output": bpmn(start(), user("a", inner=each("x", outputCollection="r", outputElement="=y")), end(), flows=LINE),
    "loop-endless": bpmn(start(), user("a", inner=loop("again")), end(), flows=LINE),
    "loop-maximum": bpmn(start(), user("a", inner=loop(maximum="3")), end(), flows=LINE),
    "decision-property": bpmn(
        start(), rule("d", "known", "r", properties(bihuan_asOf="=day", bihuan_basis="why")), end(), flows="start>d;d>end"
    ),
    "limit-without-stage": plain(extensions=z("userTask") + properties(bihuan_limit="=x", bihuan_stage="处置")),
    "milestone-without-limit": plain(
        extensions=z("userTask") + properties(bihuan_limit="=x", bihuan_stage="处置", bihuan_milestone="排险")),
    "gateway-default": bpmn(start(), xor("g", default="g_e2"), end(), end("e2"), flows="start>g;g>end[x];g>e2"),
    "never-ends": bpmn(start(), xor("x", default="x_a"), user("a"), user("b"), xor("j"), end(), flows="start>x;x>a;x>b[c];a>j;b>j;j>end"),
    "runs-forever": bpmn(start(), user("a"), xor("g", default="g_a"), end(), flows="start>a;a>g;g>a;g>end[x]"),
    "join-never": bpmn(start(), parallel("x"), user("a"), user("b"), parallel("j"), end(), flows="start>x;x>a;x>b;a>j;b>j;j>end"),
    "join-left": bpmn(start(), inclusive("x"), user("a"), user("b"), inclusive("j"), end(),
                      flows="start>x;x>a[y];x>b[c];a>j;b>j;j>end"),
    "too-deep": nested(50),
    "too-large": bpmn(start(), *(user(f"t{i}") for i in range(100)), end(), flows=";".join(
        f"{a}>{b}" for a, b in zip(["start", *(f"t{i}" for i in range(100))], [*(f"t{i}" for i in range(100)), "end"], strict=True))),
}  # fmt: skip
KNOWN = Catalogue(decisions={"known", "d"}, forms={"known"}, processes={"known"})


@pytest.mark.parametrize(("rule_id", "source"), ACCEPTED.items(), ids=ACCEPTED)
def test_the_neighbour_of_what_a_rule_refuses_is_accepted(rule_id, source):
    found = check(parse_processes(source), KNOWN)
    assert [finding.rule for finding in found if finding.severity == "error"] == []
    assert rule_id not in {finding.rule for finding in found}


def test_every_rule_has_a_diagram_that_it_accepts():
    assert set(ACCEPTED) == set(RULES)
