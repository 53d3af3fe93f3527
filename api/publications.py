"""Published decisions, as everybody may read them (行政处罚法第五条、第三十九条)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import Field
from typing_extensions import TypedDict

from api.limits import Visitor
from api.permissions import public
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.calendar import CHINA
from workflows.governance import publications
from workflows.store.publications import Published, in_force, published_versions

OPEN = [public("公布的规定任何人都可以查阅")]
router = new_router("Publication", dependencies=OPEN)
DecisionId = Annotated[str, Path(max_length=200)]


class Publication(TypedDict):
    """A version, from when and, where it ends, until when it holds; all days included."""

    version: int
    publishedOn: str
    validFrom: str
    validTo: str | None
    reference: str | None
    inForce: Annotated[bool, Field(description="Today.")]


class PublicationList(TypedDict):
    items: list[Publication]


class PublishedRules(Publication):
    rules: Annotated[list[dict[str, Any]], Field(description="{rule, when, then}: the cells by column, in FEEL.")]


@router.get("/decisions/{decisionId}/publications", response_model=PublicationList)
def list_publications(_visitor: Visitor, session: ReadSession, decisionId: DecisionId) -> Response:
    """What was published of a decision, the latest first. Nothing that is only deployed."""
    held = _held(session, decisionId)
    return Reply({"items": [_shown(one, held) for one in published_versions(session, decisionId)]})


@router.get("/decisions/{decisionId}/publications/{version}", response_model=PublishedRules)
def get_publication(
    _visitor: Visitor, session: ReadSession, decisionId: DecisionId, version: Annotated[int, Path(ge=1, lt=1 << 31)]
) -> Response:
    """A published version with its rules. 404 for one that was not published."""
    found = next((one for one in published_versions(session, decisionId) if one.version == version), None)
    if found is None:
        raise Problem(404, f"决策 {decisionId[:60]} 没有公布过第 {version} 版")
    shown = _shown(found, _held(session, decisionId))
    return Reply({**shown, "rules": publications.sheet(session, found.key, decisionId)})


def _held(session: ReadSession, decision_id: str) -> Published | None:
    return in_force(session, decision_id, runtime.now(session).astimezone(CHINA.zone).date())


def _shown(one: Published, held: Published | None) -> dict[str, Any]:
    return {
        "version": one.version,
        "publishedOn": one.published_on.isoformat(),
        "validFrom": one.valid_from.isoformat(),
        "validTo": one.valid_to and one.valid_to.isoformat(),
        "reference": one.reference,
        "inForce": held is not None and held.id == one.id,
    }
