"""A decision that can be put in writing, the pack that writes it, and a process that has it written."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from tasks.packs import resources
from tests.support import diagrams as d
from tests.support.city import NOW
from workflows.governance import documents, templates
from workflows.governance.drafts import draft
from workflows.governance.templates import Template, TemplateMissing
from workflows.intake.rendering import render
from workflows.store.keys import next_keys
from workflows.store.tables import Deployment, DocumentTemplate

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.runtime import Resource
    from workflows.store.tables import Document

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


def template(session: Session, name: str = NO_PENALTY) -> Template:
    """The newest version; deployed where there is none."""
    with suppress(TemplateMissing):
        return templates.find(session, name)
    deployment, key = next_keys(session, 2)
    session.execute(insert(Deployment).values(key=deployment, actor="tests", at=NOW))
    session.execute(
        insert(DocumentTemplate).values(
            key=key, deployment_key=deployment, version=1, name=manifest(name)["title"], template_id=name,
            resource_name=f"enforcement/documents/{name}.html.j2", hash=name, content=manifest(name), body=body(name),
        )
    )  # fmt: skip
    return templates.find(session, name)


def issued(session: Session, at: datetime, name: str = NO_PENALTY) -> Document:
    """The document of the example."""
    made = draft(manifest(name), decision(name), at.date()).data
    return documents.issue(
        session, template(session, name), made, render, process_instance_key=1 << 20, case_key=None, actor="p-1", at=at
    )


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
