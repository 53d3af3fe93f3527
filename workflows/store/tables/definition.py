"""What was deployed: diagrams, decisions, forms and registers, each version for ever."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Json, Moment, PrimaryKey


class Deployment(Base):
    """One upload of resources that belong together."""

    __tablename__ = "deployment"

    key: Mapped[PrimaryKey]
    actor: Mapped[str]
    at: Mapped[Moment]


class _Deployed:
    """What every version of a deployed thing has. ``hash`` (sha256) tells whether the same content comes again."""

    key: Mapped[PrimaryKey]
    deployment_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("deployment.key"), index=True)
    version: Mapped[int]
    name: Mapped[str]
    resource_name: Mapped[str]
    hash: Mapped[str]


class ProcessDefinition(_Deployed, Base):
    """One version of one process; ``xml`` is the file as it was uploaded."""

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("process_id", "version"),)

    process_id: Mapped[str]
    version_tag: Mapped[str | None]
    xml: Mapped[bytes] = mapped_column(LargeBinary)


class DecisionDefinition(_Deployed, Base):
    """One version of one decision. ``requirements_key`` is shared by the decisions of one version of one file."""

    __tablename__ = "decision_definition"
    __table_args__ = (UniqueConstraint("decision_id", "version"), Index(None, "hash"))

    decision_id: Mapped[str]
    requirements_key: Mapped[int] = mapped_column(BigInteger, index=True)
    requirements_id: Mapped[str]
    requirements_name: Mapped[str]
    xml: Mapped[bytes] = mapped_column(LargeBinary)


class DecisionImport(Base):
    """A file that a decision file imports, also through another. ``hash`` is that of the importing definition."""

    __tablename__ = "decision_import"

    hash: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    xml: Mapped[bytes] = mapped_column(LargeBinary)


class Form(_Deployed, Base):
    """One version of one form: JSON Schema 2020-12."""

    __tablename__ = "form"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    form_id: Mapped[str]
    schema: Mapped[dict[str, Any]]


class Register(_Deployed, Base):
    """One version of a list a pack works with, e.g. its filing conditions."""

    __tablename__ = "register"
    __table_args__ = (UniqueConstraint("pack", "name", "version"),)

    pack: Mapped[str]
    content: Mapped[Any] = mapped_column(Json)
