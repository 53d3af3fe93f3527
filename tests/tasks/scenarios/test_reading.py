from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.scenarios import ScenarioInvalid, read_scenarios

STORY: dict[str, Any] = {
    "name": "一",
    "process": "p",
    "at": "2026-03-02T09:00:00+08:00",
    "given": {"variables": {"number": 0.25}},
    "steps": [{"task": "a", "complete": {"x": [1.5]}}],
    "expect": {"end": "end"},
}


def pack(folder: Path, **changes: Any) -> Path:
    (folder / "scenarios").mkdir()
    story = {name: value for name, value in (STORY | changes).items() if value is not None}
    text = yaml.safe_dump(story, allow_unicode=True).replace("'2026", "2026").replace("08:00'", "08:00")
    (folder / "scenarios" / "one.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_scenario_is_read_with_exact_numbers_and_an_aware_clock(tmp_path: Path) -> None:
    (scenario,) = read_scenarios(pack(tmp_path))
    assert scenario.name == "一"
    assert scenario.at.isoformat() == "2026-03-02T09:00:00+08:00"
    assert scenario.given == {"variables": {"number": Decimal("0.25")}}
    assert scenario.steps[0]["complete"] == {"x": [Decimal("1.5")]}


def test_scenarios_come_in_order_of_their_files(tmp_path: Path) -> None:
    pack(tmp_path)
    (tmp_path / "scenarios" / "a.yaml").write_text((tmp_path / "scenarios" / "one.yaml").read_text("utf-8"), "utf-8")
    assert [scenario.file.stem for scenario in read_scenarios(tmp_path)] == ["a", "one"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expect": None}, "应当有且只有"),
        ({"more": 1}, "应当有且只有"),
        ({"at": "2026-03-02T09:00:00"}, "at"),
        ({"steps": {}}, "steps 应当是 list"),
        ({"expect": {"ends": "end"}}, "ends"),
        ({"given": {"report": {}}}, "report"),
        ({"steps": [{"task": "a", "compelte": {}}]}, "compelte"),
        ({"steps": [{"task": "a"}, {"task": "a", "move": "PT1H"}]}, "第 2 步"),
        ({"steps": [{"wait": "PT1H"}]}, "第 1 步"),
        ({"steps": [{"fail": "a"}]}, "error"),
        ({"steps": [{"move": "2 hours"}]}, "2 hours"),
        ({"steps": [{"evidence": "documentary"}]}, "title"),
        ({"steps": [{"evidence": "documentary", "title": "书证", "status": "true"}]}, "status"),
        ({"steps": [{"decided": "P-0001", "matter": "E0402", "outcome": "EXEMPT_MAY"}]}, "at"),
        ({"steps": [{"decided": "P-0001", "matter": "E0402", "at": "2026-03-01", "outcome": "FREE"}]}, "outcome"),
    ],
)
def test_a_mistake_is_refused_with_the_file_and_the_place(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioInvalid, match=said) as refused:
        read_scenarios(pack(tmp_path, **changes))
    assert str(refused.value).startswith("one.yaml")


def test_a_file_that_is_no_yaml_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "bad.yaml").write_text("name: [", encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match=r"bad\.yaml"):
        read_scenarios(tmp_path)
