"""Signs of life: whoever keeps the clock running says so, and others see when it no longer does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from workflows.runtime.clock import real_now
from workflows.store.base import table
from workflows.store.tables import Beat

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

_beat = table(Beat)


def beat(session: Session, *names: str, by: str) -> datetime:
    """Say under each of these names that ``by`` is alive now; real time, whatever the engine's clock says. UTC."""
    now = real_now()
    connection = session.connection()
    for name in sorted(names):  # two that beat at once wait for each other in one order
        again = update(_beat).where(_beat.c.name == name).values(at=now, by=by)
        if connection.execute(again).rowcount:
            continue
        try:
            with session.begin_nested():
                connection.execute(insert(_beat).values(name=name, at=now, by=by))
        except IntegrityError:  # another has begun at the same moment
            connection.execute(again)
    return now


def stop_beating(session: Session, *names: str) -> None:
    """What ended well leaves no sign of life."""
    session.connection().execute(delete(_beat).where(_beat.c.name.in_(names)))


def last_beats(session: Session, names: Collection[str]) -> dict[str, Beat]:
    """The last signs of life by name; a name that nobody has used is not there."""
    return {beat.name: beat for beat in session.scalars(select(Beat).where(Beat.name.in_(names)))}
