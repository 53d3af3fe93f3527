"""Signs of life: whoever keeps the clock running says so, and others see when it no longer does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, text

from workflows.runtime.clock import real_now
from workflows.store.base import Utc, table
from workflows.store.tables import Beat

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

_beat = table(Beat)
# Both databases understand it, and two that begin at the same moment do not disturb each other.
_SAY = text(
    'INSERT INTO beat (name, at, "by") VALUES (:name, :at, :by)'
    ' ON CONFLICT (name) DO UPDATE SET at = excluded.at, "by" = excluded."by"'
).bindparams(bindparam("at", type_=Utc()))


def beat(session: Session, *names: str, by: str) -> datetime:
    """Say under each of these names that ``by`` is alive now; real time, whatever the engine's clock says. UTC."""
    now = real_now()
    # Two that beat at once wait for each other in one order.
    session.connection().execute(_SAY, [{"name": name, "at": now, "by": by} for name in sorted(names)])
    return now


def forget_beats(session: Session, prefix: str, before: datetime) -> None:
    """Those whose name begins so and that were last heard of before a moment are gone."""
    old = _beat.c.name.startswith(prefix, autoescape=True) & (_beat.c.at < before)
    session.connection().execute(delete(_beat).where(old))


def last_beats(session: Session, names: Collection[str]) -> dict[str, Beat]:
    """The last signs of life by name; a name that nobody has used is not there."""
    return {beat.name: beat for beat in session.scalars(select(Beat).where(Beat.name.in_(names)))}
