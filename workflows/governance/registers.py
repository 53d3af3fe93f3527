"""Registers: the lists a pack works with. A JSON file, and beside it the JSON Schema it must fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from workflows.governance.schemas import FOLDER, SCHEMA, problems, sentence
from workflows.governance.validating import UNBOUNDED
from workflows.store.definitions import parsed
from workflows.store.errors import Invalid, NotFound
from workflows.store.json import loads
from workflows.store.memo import once
from workflows.store.tables import Register

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeVar

    from sqlalchemy.orm import Session

    from workflows.governance.schemas import Schema

    T = TypeVar("T")


class RegisterMismatch(Invalid):
    """台账内容不符合它的 JSON Schema。"""

    code = "REGISTER_MISMATCH"


class RegisterMissing(NotFound):
    """台账尚未部署。"""

    code = "REGISTER_MISSING"


def check(name: str, content: Any, schema: Schema) -> None:
    """RegisterMismatch tells every place at fault."""
    if found := problems(schema, content, UNBOUNDED):  # our own files
        raise RegisterMismatch(f"{name}：{sentence(found)}", details=[dict(problem) for problem in found])


def read_pack(pack: Path) -> dict[str, Any]:
    """The registers in a pack's folder by name, checked. A register without a schema is refused."""
    contents = {}
    for file in sorted((pack / FOLDER).glob("*.json")):
        if file.name.endswith(SCHEMA):
            continue
        schema = file.with_name(file.stem + SCHEMA)
        if not schema.exists():
            raise RegisterMismatch(f"{file.name}：缺少 {schema.name}")
        content = loads(file.read_bytes())
        check(file.name, content, loads(schema.read_bytes()))
        contents[file.stem] = content
    return contents


_NEWEST = (
    select(Register.key, Register.hash)
    .where(Register.pack == bindparam("b_pack"), Register.name == bindparam("b_name"))
    .order_by(Register.version.desc())
    .limit(1)
)


def latest(session: Session, pack: str, name: str, form: Callable[[Any], T]) -> T:
    """The newest version of a register in the form its user wants, formed once per content and form."""
    wanted = {"b_pack": pack, "b_name": name}
    row = once(session, ("register", pack, name), lambda: session.connection().execute(_NEWEST, wanted).one_or_none())
    if row is None:
        raise RegisterMissing(f"台账 {pack}/{name} 尚未部署")
    content = select(Register.content).where(Register.key == row.key)
    identity = ("register", row.hash, form.__qualname__)
    return parsed(identity, lambda: form(session.execute(content).scalar_one()))
