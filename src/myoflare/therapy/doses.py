"""Doses as pharmacometricians write them, and the boluses and infusions that they mean."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from myoflare.base.errors import TherapyError
from myoflare.model.records import Action, Bolus, Infusion

MOST_DOSES = 100_000  # of one record, so that a slip of the pen does not fill the memory


@dataclass(frozen=True)
class Dose:
    """``amount`` into ``state`` on ``day``, and ``more`` times again, ``every`` so many days.

    Without ``length`` (days) and ``rate`` (amount per day) it is a bolus, else an infusion. Of what is given, the
    share ``bioavailability`` arrives, ``lag`` days later. With a fixed ``rate`` a smaller share is infused for less
    long, with a fixed ``length`` it is infused more slowly; so NONMEM, whose RATE = -1 is ``rate`` and whose RATE = -2
    is ``length``, with numbers from the model (its ADDL is ``more``, its II ``every``, its ALAG ``lag``).

    ``steady`` says that the same dose had been given before, ``every`` so many days since long ago; without ``amount``
    and ``every``, that it had been infused at ``rate`` since long ago, up to ``day``. That is NONMEM's SS = 2: what
    else is in the body stays there. For its SS = 1, which empties the body first, begin the course anew.
    """

    day: float
    state: str
    amount: float
    length: float = 0.0
    rate: float = 0.0
    every: float = 0.0
    more: int = 0
    steady: bool = False
    lag: float = 0.0
    bioavailability: float = 1.0
    label: str = ""


def expand(doses: Sequence[Dose], before: float | None = None) -> list[Action]:
    """Boluses and infusions of ``doses``, by day.

    ``before`` (days) is how long before its own day a steady dose began: the schedule then starts at negative days,
    and the course with it. What a longer run-in would add is a share ``exp(-before * slowest rate)``; see ``run_in``.
    A run-in takes any model, also one in which a target takes up the drug, where no formula gives the steady state.
    Raises TherapyError for a dose that makes no sense, or a steady one without ``before``.
    """
    actions: list[Action] = []
    for dose in doses:
        _check(dose, before)
        if dose.steady and not dose.every:
            actions.append(Infusion(dose.day - before, dose.state, dose.rate * before, before, dose.label))
            continue
        earlier = math.ceil(before / dose.every) if dose.steady else 0
        given = replace(dose, amount=dose.amount * dose.bioavailability)
        actions += [_one(given, dose.day + dose.lag + i * dose.every) for i in range(-earlier, dose.more + 1)]
    return sorted(actions, key=lambda action: action.day)


def run_in(slowest_rate: float, error: float = 1e-6) -> float:
    """Days after which a body is at steady state but for a share ``error``; ``slowest_rate`` (1/day) of what it sheds.

    >>> round(run_in(0.03), 1)  # an antibody with a half-life of 23 days
    460.5
    """
    if not (slowest_rate > 0 and 0 < error < 1):
        raise TherapyError("run_in", f"rate {slowest_rate:g}, error {error:g}", "a rate above 0, an error in (0, 1)")
    return -math.log(error) / slowest_rate


def stop(actions: Sequence[Action], day: float) -> list[Action]:
    """``actions`` without what would begin on ``day`` or later; an infusion that runs then is cut short."""
    kept = []
    for action in (a for a in actions if a.day < day):
        if isinstance(action, Infusion) and action.day + action.days > day:
            days = day - action.day
            action = replace(action, days=days, amount=action.amount * days / action.days)
        kept.append(action)
    return kept


def _one(dose: Dose, day: float) -> Action:
    # Rounded, so that an infusion that ends as the next begins leaves no gap of one rounding error between them.
    days = float(f"{dose.amount / dose.rate:.12g}") if dose.rate else dose.length
    if not days:
        return Bolus(day, dose.state, dose.amount, dose.label)
    return Infusion(day, dose.state, dose.amount, days, dose.label)


def _check(dose: Dose, before: float | None) -> None:
    where = f"dose into {dose.state} on day {dose.day:g}"
    for name in ("amount", "length", "rate", "every", "more", "lag", "bioavailability"):
        value = getattr(dose, name)
        if not (math.isfinite(value) and value >= 0):
            raise TherapyError(where, f"{name} {value:g}", f"a finite {name} of at least 0")
    if not math.isfinite(dose.day):
        raise TherapyError(where, f"day {dose.day}", "a finite day")
    if dose.length and dose.rate:
        raise TherapyError(where, "both a length and a rate", "one of them", "the other follows from the amount")
    if (dose.more or (dose.steady and dose.amount)) and not dose.every:
        raise TherapyError(where, "repeated doses without 'every'", "the days from one to the next")
    if not dose.amount and not (dose.steady and dose.rate and not dose.every):
        raise TherapyError(where, "no amount", "an amount above 0", "or a steady infusion: a rate, and no 'every'")
    if dose.steady and not (before is not None and 0 < before < math.inf):
        raise TherapyError(where, "a steady dose and no time to reach it", "'before' in days", "see `run_in`")
    if dose.more > MOST_DOSES or (dose.steady and dose.every and before / dose.every > MOST_DOSES):
        raise TherapyError(where, "too many doses", f"at most {MOST_DOSES:,}")
