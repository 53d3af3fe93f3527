"""Sets of rows by segment, against counting one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workflows.decisions.analysis.masks import bits
from workflows.decisions.analysis.rowsets import Touching, rows_at

SIZE = 70
masks = st.integers(0, (1 << SIZE) - 1)


@given(masks)
def test_bits_are_the_members_of_a_set(mask: int) -> None:
    assert list(bits(mask)) == [place for place in range(SIZE) if mask >> place & 1]


@given(st.lists(masks, max_size=5), masks)
def test_rows_are_found_at_each_segment_and_at_any_of_a_set(of_rows: list[int], wanted: int) -> None:
    at = rows_at(SIZE, [(mask, 1 << row) for row, mask in enumerate(of_rows)])
    assert at == [sum(1 << row for row, mask in enumerate(of_rows) if mask >> place & 1) for place in range(SIZE)]
    assert Touching(at)(wanted) == sum(1 << row for row, mask in enumerate(of_rows) if mask & wanted)
