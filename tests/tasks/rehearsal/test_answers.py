from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from tasks.rehearsal.answers import ANSWERS, PATIENCE, answer, draw, pick, share

FORMS = Path("bpmn")
FORM_OF = {"step": "case-handling/forms/handle"} | {
    task: f"clocks/forms/supervision-{task}" for task in ("reply", "review")
}
REPORTS = [f"r-{number:03}" for number in range(300)]


def test_the_same_question_has_the_same_answer():
    assert [answer(report, "handle", 1) for report in REPORTS] == [answer(report, "handle", 1) for report in REPORTS]
    assert share("r-001", "handle", 1) == share("r-001", "handle", 1)


@pytest.mark.parametrize("task", sorted(ANSWERS))
def test_every_answer_fits_the_form_of_its_task(task):
    form = Draft202012Validator(
        orjson.loads((FORMS / f"{FORM_OF.get(task, f'case-handling/forms/{task}')}.json").read_bytes())
    )
    for _, values in ANSWERS[task]:
        form.validate(values)


@pytest.mark.parametrize("task", sorted(ANSWERS))
def test_300_reports_bring_every_answer_about(task):
    seen = [answer(report, task, 1) for report in REPORTS]
    assert all(values in seen for _, values in ANSWERS[task])


def test_nobody_goes_round_for_ever():
    for task, choices in ANSWERS.items():
        assert all(answer(report, task, PATIENCE) == choices[0][1] for report in REPORTS)


def test_some_are_late_and_most_are_not():
    late = sum(share(report, "handle", 1) > 1 for report in REPORTS)
    assert 20 <= late <= 60


def test_draws_are_spread_over_the_whole_range():
    draws = [draw(report) for report in REPORTS]
    assert 0 <= min(draws) < 0.02
    assert 0.98 < max(draws) < 1
    assert {pick("abc", report) for report in REPORTS} == set("abc")
