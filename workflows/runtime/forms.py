"""Answers are held against the form the task was created with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from jsonschema import FormatChecker
from sqlalchemy import bindparam, select

from workflows.governance.schemas import problems, sentence
from workflows.governance.validating import Validator, bounded
from workflows.runtime.errors import FormMismatch, NotFound
from workflows.store.base import table
from workflows.store.definitions import parsed
from workflows.store.memo import once
from workflows.store.tables import Form, UserTask

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row
    from sqlalchemy.orm import Session

FORMATS = FormatChecker(["date", "email", "regex", "uuid"])

form = table(Form)
user_task = table(UserTask)


_FORM_OF_TASK = (
    select(form.c.key, form.c.hash)
    .join(user_task, user_task.c.form_key == form.c.key)
    .where(user_task.c.key == bindparam("key"))
)
_LATEST = (
    select(form.c.key, form.c.hash).where(form.c.form_id == bindparam("id")).order_by(form.c.version.desc()).limit(1)
)


def check_form(session: Session, task_key: int, variables: dict[str, Any]) -> None:
    """FormMismatch names every place at fault. A task without a deployed form takes anything."""
    connection = session.connection()
    row = connection.execute(_FORM_OF_TASK, {"key": task_key}).one_or_none()
    if row is None:
        return
    _check(connection, row, variables)


def check_against(session: Session, form_id: str, variables: dict[str, Any]) -> None:
    """The same by the latest version of a form. NotFound; FormMismatch."""
    connection = session.connection()
    row = once(session, ("form", form_id), lambda: connection.execute(_LATEST, {"id": form_id}).one_or_none())
    if row is None:
        raise NotFound(f"没有部署表单「{form_id}」")
    _check(connection, row, variables)


def _check(connection: Connection, row: Row[Any], variables: dict[str, Any]) -> None:
    query = select(form.c.schema).where(form.c.key == row.key)
    schema = parsed(("form", row.hash), lambda: connection.execute(query).scalar_one())
    validator = parsed(("form validator", row.hash), lambda: _validator(schema))
    with bounded():
        fits = validator.is_valid(variables)
    if not fits:
        found = [*problems(schema, variables), *_wrong_formats(validator, variables)]
        raise FormMismatch(f"{FormMismatch.__doc__}{sentence(found)}", details=[dict(problem) for problem in found])


@FORMATS.checks("date-time", ValueError)
def _is_moment(value: object) -> bool:
    """RFC 3339: a moment has a time zone."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _validator(schema: dict[str, Any]) -> Any:
    return Validator(schema, format_checker=FORMATS)


def _wrong_formats(validator: Any, variables: dict[str, Any]) -> list[dict[str, str]]:
    with bounded():
        errors = [error for error in validator.iter_errors(variables) if error.validator == "format"]
    return [
        {"pointer": "".join(f"/{part}" for part in error.absolute_path), "message": f"格式应为 {error.validator_value}"}
        for error in errors
    ]
