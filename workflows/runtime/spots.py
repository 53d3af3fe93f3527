"""Spots: plates are put up and taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.governance import spots
from workflows.runtime.clock import now
from workflows.runtime.events import Tag, record_engine_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from workflows.governance.spots import Place
    from workflows.store.tables import Spot


def import_spots(session: Session, places: Sequence[Place], *, actor: str) -> list[Spot]:
    """Gives the new ones their codes; those that are known by name and address stay as they are. BadSpot."""
    at = now(session)
    added = spots.add(session, places, at)
    if added:
        details = {"spots": [spot.code for spot in added]}
        record_engine_event(session, Tag.SPOT_IMPORT, details, at=at, actor=actor)
    return added


def retire_spot(session: Session, code: str, *, actor: str) -> None:
    """SpotMissing where it is not in use."""
    at = now(session)
    spot = spots.retire(session, code, at)
    record_engine_event(session, Tag.SPOT_RETIRE, {"spot": spot.code, "name": spot.name}, at=at, actor=actor)
