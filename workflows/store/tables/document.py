"""Documents that were issued (文书), and the templates they are written by."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Json, Key, Moment, PrimaryKey
from workflows.store.tables.definition import _Deployed


class DocumentTemplate(_Deployed, Base):
    """One version of one template: its wording, and the manifest beside it. ``name`` is the title."""

    __tablename__ = "document_template"
    __table_args__ = (UniqueConstraint("template_id", "version"),)

    template_id: Mapped[str]
    content: Mapped[Any] = mapped_column(Json)  # the manifest
    body: Mapped[str] = mapped_column(Text)  # Jinja2


class Document(Base):
    """One document as it was issued. Nothing of it changes; that it was withdrawn is added."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("series", "year", "ordinal"),
        Index(None, "case_key"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    number: Mapped[str]  # 娄城管不罚决〔2026〕第12号
    series: Mapped[str]
    year: Mapped[int]
    ordinal: Mapped[int]
    template_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("document_template.key"))
    case_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("case.key"))
    process_instance_key: Mapped[Key]  # that issued it; not there yet when it is written
    data: Mapped[dict[str, Any]]  # what it says, and what each statement rests on
    html: Mapped[str] = mapped_column(Text)
    hash: Mapped[str]  # sha256 of the HTML
    issued: Mapped[Moment]
    actor: Mapped[str]
    withdrawn: Mapped[Moment | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_why: Mapped[str | None]
