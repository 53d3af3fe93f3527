from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tasks import scenarios
from tasks.scenarios import Scenario, Stage, covered
from tests.support import diagrams as d

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
ASK = d.bpmn(
    d.start(),
    d.user("ask", d.z("formDefinition", formId="ask")),
    d.xor("choose", default="choose_wait"),
    d.catch("wait", d.timer("Duration", "PT1H")),
    d.catch("hear", d.on_message("m-m")),
    d.service("work", "nobody/does-this"),
    d.end("waited"),
    d.end("heard"),
    d.end("worked"),
    flows="start>ask; ask>choose; choose>wait; choose>hear[answer = 1]; choose>work[answer = 2];"
    "wait>waited; hear>heard; work>worked",
    process_id="asking",
    more=d.message("m", "=who"),
)
FORM = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "ask", "title": "问", "type": "object",
  "properties": {"answer": {"type": "integer"}}, "required": ["answer"], "additionalProperties": false
}"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "asking"
    (folder / "forms").mkdir(parents=True)
    (folder / "asking.bpmn").write_bytes(ASK)
    (folder / "forms" / "ask.json").write_text(FORM, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def stage(pack: Path) -> Iterator[Stage]:
    with Stage.set_up(pack.parent) as stage:
        yield stage


def story(*steps: dict[str, Any], **expect: Any) -> Scenario:
    given = {"variables": {"who": "w"}}
    return Scenario(Path("story.yaml"), "story", "asking", AT, given, list(steps), expect)


WAITED = story({"task": "ask", "complete": {"answer": 0}}, {"move": "PT61M"}, end="waited", path=["ask"])
HEARD = story(
    {"fail": "ask", "complete": {"answer": "one"}, "error": "FORM_MISMATCH"},
    {"task": "ask", "by": "p-0042", "complete": {"answer": 1}},
    {"message": "m", "key": "=who", "variables": {"news": "good"}},
    end="heard",
    variables={"news": "good", "answer": 1},
)


def test_timers_fire_when_the_clock_is_moved(stage: Stage) -> None:
    assert stage.play(WAITED).differences == []
    early = stage.play(story({"task": "ask", "complete": {"answer": 0}}, {"move": "PT59M"}, end="waited"))
    assert len(early.differences) == 1


def test_messages_reach_the_instance_and_refusals_are_expected_by_their_code(stage: Stage) -> None:
    played = stage.play(HEARD)
    assert played.differences == []
    assert any("p-0042" in line for line in played.lines)


def test_every_play_begins_on_an_untouched_stage(stage: Stage) -> None:
    first, second = stage.play(WAITED), stage.play(WAITED)
    assert first.happened == second.happened
    assert first.lines == second.lines


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"task": "nothing"}, "没有待办任务 nothing;待办的是 ask"),
        ({"task": "ask", "group": "x@y", "complete": {"answer": 0}}, "x@y"),
        ({"task": "ask", "complete": {}}, "表单"),
        ({"fail": "ask", "complete": {"answer": 0}, "error": "FORM_MISMATCH"}, "却办成了"),
        ({"fail": "ask", "complete": {}, "error": "SEPARATION_OF_DUTY"}, "FORM_MISMATCH"),
        ({"message": "unknown", "key": "w"}, "message unknown"),
    ],
)
def test_a_step_that_cannot_be_taken_ends_the_play_and_says_why(stage: Stage, step: dict[str, Any], said: str) -> None:
    (difference,) = stage.play(story(step)).differences
    assert difference.startswith("第 1 步")
    assert said in difference


def test_a_process_that_is_not_deployed_is_a_difference(stage: Stage) -> None:
    scenario = Scenario(Path("story.yaml"), "story", "missing", AT, {}, [], {})
    (difference,) = stage.play(scenario).differences
    assert difference.startswith("无法开始")


def test_coverage_names_what_nobody_came_to(stage: Stage, pack: Path) -> None:
    (partly,) = covered(pack, [stage.play(WAITED), stage.play(HEARD)])
    assert not partly.complete
    assert partly.missed_elements == ["work", "worked"]
    assert partly.missed_flows == ["choose_work", "work_worked"]
    assert str(partly) == "asking: 元素 7/9, 连线 6/8,没走到 work, worked, choose_work, work_worked"


def test_play_tells_the_stories_and_whether_all_of_them_hold(pack: Path) -> None:
    (pack / "scenarios").mkdir()
    (pack / "scenarios" / "wait.yaml").write_text(
        "{name: 等待, process: asking, at: 2026-03-02T09:00:00+08:00, given: {},"
        " steps: [{task: ask, complete: {answer: 0}}], expect: {end: waited}}",
        encoding="utf-8",
    )
    said: list[str] = []
    assert scenarios.play(pack, said.append) is False
    told = "\n".join(said)
    assert "✗ 等待 (wait.yaml)" in told
    assert "03-02 09:00  ask" in told
    assert "1 个场景,1 个不符" in told


@pytest.mark.parametrize(
    "step",
    [
        {"evidence": "hearsay", "title": "传闻"},
        {"evidence": "documentary", "title": "记录", "electronic": True, "status": "verified"},
        {"decided": "P-0001", "matter": "E0402", "at": "yesterday", "outcome": "EXEMPT_MAY"},
    ],
    ids=lambda step: next(iter(step)),
)
def test_what_cannot_be_brought_or_decided_is_a_difference(stage: Stage, step: dict[str, Any]) -> None:
    assert len(stage.play(story(step)).differences) == 1


def test_evidence_is_kept_and_a_decision_has_to_be_in_order_to_be_published(stage: Stage) -> None:
    brought = story({"evidence": "documentary", "title": "记录", "electronic": True, "audited": True})
    assert stage.play(brought).differences == []
    published = replace(brought, given={"published": [{"decision": "none", "validFrom": "2026-03-02"}]})
    [refused] = stage.play(published).differences
    assert "none" in refused
