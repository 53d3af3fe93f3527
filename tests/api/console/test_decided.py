"""What the page says of the decisions of a real exemption: by the list of which day, and that none was in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from api.app import create_app
from api.settings import Settings
from tasks.scenarios import Stage, read_scenario
from tests.api.conftest import Server, running
from tests.api.console.conftest import PACKS, PASSWORD, SUPERVISOR, Browser
from workflows.runtime import staff
from workflows.store import read, transaction
from workflows.store.tables import Case, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCENARIOS = PACKS / "penalty-exemption" / "scenarios"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage.set_up(PACKS) as made:
        yield made


def decisions_tab(stage: Stage, folder: Path, scenario: str, language: str = "zh") -> Any:
    """Played to its end by the engine, and looked at by a supervisor."""
    played = stage.play(read_scenario(SCENARIOS / f"{scenario}.yaml"))
    assert played.differences == []
    app = create_app(Settings.model_validate({"address": f"sqlite:///{stage.made}/play.db", "data": folder}))
    with transaction(app.state.database) as session:
        staff.create_account(session, "lead", PASSWORD, person=SUPERVISOR, roles=["supervisor"], actor="tests")
    with read(app.state.database) as session:
        of_case = select(Case.number).join(ProcessInstance, ProcessInstance.case_id == Case.key)
        number = session.scalars(of_case.where(ProcessInstance.process_id == "penalty-exemption")).one()
    with running(app) as url, Browser(Server(url, app, {}), language) as browser:
        browser.sign_in("lead")
        return browser.page(f"/cases/{number}?tab=decisions")


def said(page: Any) -> str:
    return " ".join(page.text_content().split())


def test_the_list_is_asked_for_the_day_of_the_act_and_for_that_of_the_decision(stage: Stage, tmp_path: Path):
    page = decisions_tab(stage, tmp_path, "listed-minor")
    of_list = [said(one) for one in page.xpath("//section[.//code[.='exemption-list']]")]
    days = ["2026-03-09", "2026-03-02"]  # the newest first
    assert [f"第 1 版，{day} 施行的一版" in text for day, text in zip(days, of_list, strict=True)] == [True, True]
    assert "没有施行的版本" not in said(page)


def test_that_no_list_was_in_force_is_said_with_the_day_it_was_asked_for(stage: Stage, tmp_path: Path):
    page = decisions_tab(stage, tmp_path, "no-list")
    alerts = [said(one) for one in page.xpath("//p[@class='alert']")]
    assert "exemption-list 2026-03-02 没有施行的版本" in alerts
    assert page.xpath("//section[.//code[.='exemption-list']]") == [], "it was not evaluated"
    assert page.xpath("//section[.//code[.='exemption']]"), "the statute alone decided"
