"""A decision that can be put in writing, the pack that writes it, and a process that has it written."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.packs import resources
from tests.support import diagrams as d
from workflows.governance.drafts import draft
from workflows.intake.rendering import render

if TYPE_CHECKING:
    from workflows.runtime import Resource

PACK = Path(__file__).parents[2] / "bpmn" / "enforcement"
FOLDER = PACK / "documents"
TEMPLATES = sorted(file.stem for file in FOLDER.glob("*.json"))
NO_PENALTY = "no-penalty-decision"


def manifest(name: str = NO_PENALTY) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def body(name: str = NO_PENALTY) -> str:
    return (FOLDER / f"{name}.html.j2").read_text("utf-8")


def decision(name: str = NO_PENALTY, **changes: Any) -> dict[str, Any]:
    """A complete one."""
    return manifest(name)["example"] | changes


def data(name: str = NO_PENALTY) -> dict[str, Any]:
    """What the template is given for its example."""
    made = draft(manifest(name), decision(name), date(2026, 3, 2)).data
    return made | {"number": "娄城管不罚决〔2026〕第1号", "case": None}


def written(name: str = NO_PENALTY) -> str:
    return render(body(name), data(name))


def pack() -> list[Resource]:
    return resources(PACK)


def dumps(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def header(template: str) -> str:
    return f"<zeebe:taskHeaders>{d.z('header', key='template', value=template)}</zeebe:taskHeaders>"


def issuing(template: str = NO_PENALTY, *, process_id: str = "p", caught: bool = False) -> bytes:
    """A process with nothing but the service task; an error that is caught waits for whom it may concern."""
    parts = [d.start(), d.service("issue", "document/issue", header(template)), d.end()]
    flows = "start>issue;issue>end"
    if not caught:
        return d.bpmn(*parts, flows=flows, process_id=process_id)
    error = "DOCUMENT_INCOMPLETE"
    parts += [d.boundary("lacking", "issue", d.on_error(f"e-{error}")), d.user("supply")]
    return d.bpmn(*parts, flows=f"{flows};lacking>supply;supply>issue", process_id=process_id, more=d.error(error))
