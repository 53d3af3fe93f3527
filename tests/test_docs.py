"""What can be used is documented: commands, settings, events, errors, handlers, rules, requests, links."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest
import typer.main

from api.app import create_app
from api.settings import Settings as ApiSettings
from tasks.cli import app as command_line
from tasks.jobs import load_handlers
from tasks.settings import Settings as TaskSettings
from workflows.decisions.analysis import Kind
from workflows.engine.findings import RULES
from workflows.engine.migration_findings import REASONS
from workflows.feel import parse_expression, to_json
from workflows.feel.builtins import BUILTINS
from workflows.intake.rules import RULES as OF_A_DEPLOYMENT
from workflows.runtime.errors import Refusal
from workflows.runtime.events import Tag
from workflows.runtime.inline import HANDLERS

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "README.zh.md"]
CODE = re.compile(r'(?:\bcode=|\belse )"([A-Z]+(?:_[A-Z]+)+)"')


def reference(page):
    return (ROOT / "docs" / "reference" / f"{page}.md").read_text("utf-8")


def in_code(page):
    """Everything a page shows as `code`."""
    return set(re.findall(r"`([^`\n]+)`", reference(page)))


def commands(command, path=()):
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield " ".join(path), command


def refusals(kind=Refusal):
    for inner in kind.__subclasses__():
        yield inner.code
        yield from refusals(inner)


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported():
    for name in ("workflows", "api"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if ".migrations." not in module.name:
                importlib.import_module(module.name)


def test_every_command_and_option_is_in_the_command_line_reference():
    page = reference("cli")
    for name, command in commands(typer.main.get_command(command_line)):
        assert f"## `bihuan {name}" in page, name
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or f"`{option}" in page, f"{name} {option}"


@pytest.mark.parametrize("settings", [TaskSettings, ApiSettings])
def test_every_setting_is_in_the_settings_reference(settings):
    known = in_code("settings")
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        assert (alias if isinstance(alias, str) else f"BIHUAN_{name.upper()}") in known


def test_every_event_is_in_the_event_reference_and_no_other():
    named = {text for text in in_code("events") if re.fullmatch(r"[a-z-]+:[a-z-]+", text)}
    actors = {"client:desk", "clock:timer", "clock:deadline", "clock:retention"}
    assert named - actors == {tag.value for tag in Tag}


def test_every_error_code_is_in_the_error_reference():
    problems = {code for file in (ROOT / "api").rglob("*.py") for code in CODE.findall(file.read_text("utf-8"))}
    assert problems > {"INVALID_TOKEN", "PERMISSION_MISSING"}, "the pattern still finds them"
    assert {*refusals(), *problems} - in_code("errors") == set()


def test_every_handler_is_in_the_handler_reference():
    assert {*HANDLERS, *load_handlers()} - in_code("handlers") == set()


def test_every_function_of_feel_is_in_its_reference():
    assert set(BUILTINS) - in_code("feel") == set()


EXAMPLES = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", reference("feel"), re.MULTILINE)


@pytest.mark.parametrize(("text", "value"), EXAMPLES)
def test_the_examples_of_feel_give_what_the_page_says(text, value):
    evaluated = parse_expression(text).evaluate({})
    assert (to_json(evaluated.value), evaluated.warnings) == (json.loads(value), ())


def test_every_rule_is_in_the_conformance_reference_and_no_other():
    assert {text for text in in_code("conformance") if re.fullmatch(r"[a-z]+(-[a-z]+)+", text)} == {
        *RULES,
        *OF_A_DEPLOYMENT,
    }


def test_every_reason_against_a_migration_is_in_its_guide_and_no_other():
    page = (ROOT / "docs" / "guides" / "migrate.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == set(REASONS)


def test_every_kind_of_finding_in_a_table_is_in_the_dmn_reference_and_no_other():
    assert {text for text in in_code("dmn") if re.fullmatch(r"[A-Z]+(_[A-Z]+)?", text)} - {"PATH"} == {*Kind}


def test_every_request_is_in_the_http_reference_and_no_other(tmp_path):
    settings = ApiSettings(address=f"sqlite:///{tmp_path}/none.db", data=tmp_path)
    application = create_app(settings)
    served = {f"{method.upper()} {path}" for path, item in application.openapi()["paths"].items() for method in item}
    application.state.database.engine.dispose()
    assert {text for text in in_code("http") if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", text)} == served


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_no_page_is_lost():
    linked = "".join(page.read_text("utf-8") for page in PAGES)
    for page in (ROOT / "docs").rglob("*.md"):
        assert page.name in linked, page


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.name)
def test_a_decision_says_why_what_follows_and_what_was_not_taken(page):
    text = page.read_text("utf-8")
    assert [
        part for part in ("Context", "Decision", "Consequences", "Alternatives") if f"**{part}.**" not in text
    ] == []
    assert len(text.splitlines()) < 45, "one page"
