"""Templates of documents (文书模板): what one must hold, how it is numbered, and the version that is in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.governance.schemas import problems
from workflows.store.definitions import parsed
from workflows.store.errors import NotFound
from workflows.store.tables import DocumentTemplate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.governance.schemas import Problem, Schema

FOLDER = "documents"  # of a pack: a template and its manifest are files of one name
BODY, MANIFEST = ".html.j2", ".json"

Manifest = dict[str, Any]

_SAID = {"type": "string", "minLength": 1, "maxLength": 200}
_MARK = {"type": "string", "pattern": r"^[\u4e00-\u9fff]{1,20}$"}
_PATH = r"^[A-Za-z]\w{0,63}(\.[A-Za-z]\w{0,63}){0,3}$"
SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "mark", "organs", "mandatory", "example"],
    "properties": {
        "title": _SAID,
        "mark": _MARK,
        "organs": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 200,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "mark"],
                "properties": {"name": _SAID, "mark": _MARK},
            },
        },
        "mandatory": {
            "type": "object",
            "required": ["organ", "date"],  # a document has a number, which is an organ's and of a year
            "maxProperties": 50,
            "propertyNames": {"pattern": _PATH},
            "additionalProperties": _SAID,
        },
        "remedies": {
            "type": "array",
            "maxItems": 10,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "article", "limit"],
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 1000},
                    "article": _SAID,
                    "limit": {"type": "string", "pattern": r"^P([1-9]\d{0,3})[DMY]$"},
                },
            },
        },
        "personal": {"type": "array", "maxItems": 50, "items": {"type": "string", "pattern": _PATH}},
        "example": {"type": "object"},
    },
}


class TemplateMissing(NotFound):
    """没有这个文书模板。"""

    code = "TEMPLATE_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a template."""

    key: int
    id: str
    version: int
    manifest: Manifest
    body: str  # Jinja2

    @property
    def title(self) -> str:
        return str(self.manifest["title"])

    @property
    def personal(self) -> list[str]:
        return list(self.manifest.get("personal", ()))


def unfit(manifest: Any) -> list[Problem]:
    """What is wrong with a manifest by itself."""
    return problems(SCHEMA, manifest)


def series_of(manifest: Manifest, organ: str) -> str:
    """``娄城管不罚决``: the marks of the organ and of the kind of document."""
    return f"{manifest['organs'][organ]['mark']}{manifest['mark']}"


def find(session: Session, template_id: str) -> Template:
    """The newest version. TemplateMissing."""
    newest = select(DocumentTemplate.key).where(DocumentTemplate.template_id == template_id)
    key = session.scalar(newest.order_by(DocumentTemplate.version.desc()).limit(1))
    if key is None:
        raise TemplateMissing(f"没有文书模板 {template_id[:63]}")
    return by_key(session, key)


def by_key(session: Session, key: int) -> Template:
    """One version. TemplateMissing."""
    query = select(DocumentTemplate.template_id, DocumentTemplate.version, DocumentTemplate.hash)
    row = session.execute(query.where(DocumentTemplate.key == key)).one_or_none()
    if row is None:
        raise TemplateMissing

    def read() -> Template:
        held = select(DocumentTemplate.content, DocumentTemplate.body).where(DocumentTemplate.key == key)
        content, body = session.execute(held).one()
        return Template(key, row.template_id, row.version, content, body)

    return parsed(("document template", row.hash, row.template_id, str(row.version), str(key)), read)
