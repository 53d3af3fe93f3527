"""A small process with two clocks, a timer and a job, on a database in a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support import diagrams as d
from tests.support.databases import database_url, opened
from workflows import runtime
from workflows.runtime import Resource
from workflows.store import transaction

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 9 o'clock in 娄底
ACTOR = "test"

LADDER = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="ladders" name="ladders" namespace="urn:test">
  <decision id="ladder" name="ladder"><decisionTable id="t" hitPolicy="COLLECT">
    <input id="i"><inputExpression id="ie" typeRef="string"><text>stage</text></inputExpression></input>
    <output id="o1" name="level" typeRef="number" /><output id="o2" name="at" typeRef="number" />
    <output id="o3" name="role" typeRef="string" /><output id="o4" name="channel" typeRef="string" />
    <output id="o5" name="label" typeRef="string" />
    <rule id="r1"><inputEntry id="a1"><text>-</text></inputEntry><outputEntry id="b1"><text>1</text></outputEntry>
      <outputEntry id="b2"><text>0.7</text></outputEntry><outputEntry id="b3"><text>"handler"</text></outputEntry>
      <outputEntry id="b4"><text>"inbox"</text></outputEntry><outputEntry id="b5"><text>"即将到期"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="a2"><text>-</text></inputEntry><outputEntry id="c1"><text>2</text></outputEntry>
      <outputEntry id="c2"><text>1</text></outputEntry><outputEntry id="c3"><text>"handler"</text></outputEntry>
      <outputEntry id="c4"><text>"inbox"</text></outputEntry><outputEntry id="c5"><text>"已经超期"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>"""

CLOCKED = d.bpmn(
    d.start(),
    d.user(
        "handle",
        d.z("assignmentDefinition", candidateGroups="handler@fire")
        + d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 10}', bihuan_ladder="ladder"),
    ),
    d.end(),
    flows="start>handle; handle>end",
    process_id="clocked",
)
WAITING = d.bpmn(
    d.start(),
    d.catch("pause", d.timer("Duration", "PT1H")),
    d.end(),
    flows="start>pause; pause>end",
    process_id="waiting",
)
WORKING = d.bpmn(
    d.start(),
    d.service("work", "test/work"),
    d.boundary("refused", "work", d.on_error("e-REFUSED")),
    d.end(),
    d.end("end-refused"),
    flows="start>work; work>end; refused>end-refused",
    more=d.error("REFUSED"),
    process_id="working",
)


def settle(database):
    """Three processes deployed, the clock pinned to ``BEGIN``."""
    with transaction(database) as session:
        runtime.pin_clock(session, BEGIN, actor=ACTOR)
        runtime.deploy(
            session,
            [
                Resource("ladder.dmn", LADDER.encode()),
                Resource("clocked.bpmn", CLOCKED),
                Resource("waiting.bpmn", WAITING),
                Resource("working.bpmn", WORKING),
            ],
            actor=ACTOR,
        )


@pytest.fixture
def url(tmp_path):
    with database_url("sqlite", tmp_path, settle) as url:
        yield url


@pytest.fixture
def database(url):
    with opened(url) as database:
        yield database


@pytest.fixture
def start(database):
    def start(process_id, **variables):
        with transaction(database) as session:
            return runtime.start_process(session, process_id=process_id, variables=variables, actor=ACTOR)

    return start


@pytest.fixture
def move(database):
    """Pin the clock some hours after ``BEGIN``."""

    def move(hours):
        with transaction(database) as session:
            runtime.pin_clock(session, BEGIN + timedelta(hours=hours), actor=ACTOR)

    return move
