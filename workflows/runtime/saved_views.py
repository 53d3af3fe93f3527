"""Saved views: filters of a list under a name, a person's own or shown to all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from workflows.runtime.clock import now
from workflows.runtime.errors import Conflict, Invalid, NotFound
from workflows.store.json import clean_text
from workflows.store.keys import next_keys
from workflows.store.tables import SavedView

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LONGEST_NAME, LONGEST_QUERY, MOST = 40, 2_000, 50


class ViewExists(Conflict):
    """已有同名的视图。"""

    code = "VIEW_EXISTS"


def saved_views(session: Session, person: str) -> list[SavedView]:
    """Those of a person, and those shown to all."""
    seen = or_(SavedView.person_id == person, SavedView.shared)
    return list(session.scalars(select(SavedView).where(seen).order_by(SavedView.shared, SavedView.name)))


def save_view(session: Session, name: str, query: str, *, shared: bool = False, actor: str) -> int:
    """Returns its key. ViewExists, Invalid."""
    _free(session, name := _named(name), actor)
    mine = select(SavedView.key).where(SavedView.person_id == actor)
    if len(session.scalars(mine).all()) >= MOST:
        raise Invalid(f"每人最多保存 {MOST} 个视图")
    if len(query) > LONGEST_QUERY:
        raise Invalid("过滤条件太长")
    (key,) = next_keys(session)
    text = clean_text(query, "/query")
    session.add(SavedView(key=key, person_id=actor, name=name, query=text, shared=shared, created=now(session)))
    session.flush()
    return key


def rename_view(session: Session, key: int, name: str, *, actor: str) -> None:
    """Only one's own. NotFound, ViewExists, Invalid."""
    view, name = _own(session, key, actor), _named(name)
    if name != view.name:
        _free(session, name, actor)
    view.name = name
    session.flush()


def delete_view(session: Session, key: int, *, actor: str) -> None:
    """Only one's own. NotFound."""
    session.delete(_own(session, key, actor))
    session.flush()


def _own(session: Session, key: int, person: str) -> SavedView:
    view = session.get(SavedView, key)
    if view is None or view.person_id != person:
        raise NotFound(f"您没有保存过视图 {key}")
    return view


def _named(name: str) -> str:
    name = clean_text(name, "/name").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(f"视图的名称须 1 到 {LONGEST_NAME} 个字符")
    return name


def _free(session: Session, name: str, person: str) -> None:
    same = select(SavedView.key).where(SavedView.person_id == person, SavedView.name == name)
    if session.scalars(same).first() is not None:
        raise ViewExists
