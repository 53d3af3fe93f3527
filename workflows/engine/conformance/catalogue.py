"""What a diagram may refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The ids there are; None where that is not to be checked."""

    decisions: Container[str] | None = None
    forms: Container[str] | None = None
    processes: Container[str] | None = None
