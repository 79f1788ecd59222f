"""One dose as it was given."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Given:
    """``amount`` of ``drug`` on ``day``, in the unit of the route; without ``over_days`` the route's own length."""

    day: float
    drug: str
    amount: float
    route: str = ""
    over_days: float | None = None
