"""Classes of heat: fixed bounds, so that a colour means the same on every diagram and in every month. Pure."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Scale(NamedTuple):
    """Four bounds make five classes; a value on a bound is in the class below it."""

    bounds: tuple[float, float, float, float]

    def of(self, value: float) -> int:
        """1 (cool) to 5 (hot)."""
        return bisect_left(self.bounds, value) + 1


#: What is shown on a diagram: nothing but where tokens stand, or one of these.
NOW, COUNT, TIME, LATE = "now", "count", "time", "late"
SCALES = {
    COUNT: Scale((0.05, 0.25, 0.75, 1.0)),  # passes for each run: above 1 something is done again
    TIME: Scale((10 * MINUTE, HOUR, DAY, 3 * DAY)),  # the median
    LATE: Scale((0.0, 0.05, 0.10, 0.25)),  # the share over target
}
SHOWN = (NOW, *SCALES)
