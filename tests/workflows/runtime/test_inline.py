from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from workflows.runtime import follow
from workflows.runtime.errors import BpmnError
from workflows.runtime.inline import HANDLERS, InlineCall, inline

if TYPE_CHECKING:
    from tests.support.world import World


def test_a_type_has_one_handler() -> None:
    first = inline("test/once")(lambda _call: None)
    assert HANDLERS["test/once"] is first
    with pytest.raises(ValueError, match="test/once"):
        inline("test/once")(lambda _call: None)
    del HANDLERS["test/once"]


@pytest.mark.parametrize(
    "error", [ValueError("nul\0 \ud800"), BpmnError("nul\0", "\ud800"), ValueError("x" * 9_000_000)]
)
def test_whatever_a_handler_dies_of_is_an_incident(
    world: World, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow.log, "disabled", True)  # what it says is no text that a test report could carry

    @inline("test/dies")
    def die(_call: InlineCall) -> None:
        raise error

    try:
        world.process(d.start(), d.service("a", "test/dies"), d.end(), flows="start>a; a>end")
        world.start()
    finally:
        del HANDLERS["test/dies"]
    [incident] = world.incidents()
    assert incident.element_id == "a"
    assert len(incident.message) < 5_000
