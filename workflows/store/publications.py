"""Which version of a decision is in force on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, or_, select

from workflows.store.base import table
from workflows.store.memo import once
from workflows.store.tables import DecisionDefinition, DecisionPublication

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

publication, definition = table(DecisionPublication), table(DecisionDefinition)

_DAY = bindparam("day", type_=publication.c.valid_from.type)
# What was published for the latest day comes first; of two for one day, what was recorded last.
_PUBLISHED = (
    select(
        publication.c.id,
        definition.c.key,
        definition.c.version,
        publication.c.published_on,
        publication.c.valid_from,
        publication.c.valid_to,
        publication.c.reference,
    )
    .join(definition, definition.c.key == publication.c.decision_definition_key)
    .where(publication.c.decision_id == bindparam("decision_id"))
    .order_by(publication.c.valid_from.desc(), publication.c.id.desc())
)
_IN_FORCE = _PUBLISHED.where(publication.c.valid_from <= _DAY, publication.c.published_on <= _DAY).limit(1).subquery()
_HOLDS = select(_IN_FORCE).where(or_(_IN_FORCE.c.valid_to.is_(None), _IN_FORCE.c.valid_to >= _DAY))


class Published(NamedTuple):
    """A publication and the version it is of."""

    id: int
    key: int  # of the decision definition
    version: int
    published_on: date
    valid_from: date
    valid_to: date | None  # the last day
    reference: str | None


def in_force(session: Session, decision_id: str, day: date) -> Published | None:
    """The version in force on a day. None where none was, or the last one had run out (``valid_to``)."""

    def look() -> Published | None:
        row = session.connection().execute(_HOLDS, {"decision_id": decision_id, "day": day}).one_or_none()
        return None if row is None else Published(*row)

    return once(session, ("in force", decision_id, day), look)


def published_versions(session: Session, decision_id: str) -> list[Published]:
    """All that was published of a decision, what holds from the latest day first."""
    return [Published(*row) for row in session.connection().execute(_PUBLISHED, {"decision_id": decision_id})]
