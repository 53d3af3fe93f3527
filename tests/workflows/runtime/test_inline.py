from __future__ import annotations

import pytest

from workflows.runtime.inline import HANDLERS, inline


def test_a_type_has_one_handler() -> None:
    first = inline("test/once")(lambda _call: None)
    assert HANDLERS["test/once"] is first
    with pytest.raises(ValueError, match="test/once"):
        inline("test/once")(lambda _call: None)
    del HANDLERS["test/once"]
