"""A drug washed out at once: the records of a regimen that clear it before a dose (NONMEM's EVID 4)."""

from collections.abc import Iterable
from pathlib import Path

from myoflare.base.errors import TherapyError
from myoflare.model.records import Reset
from myoflare.therapy.compose import Treated


def reset_actions(treated: Treated, resets: Iterable[tuple[float, str]]) -> list[Reset]:
    """Actions on ``treated.model`` that set the drug's own states to their values at rest; the body's stay as they are.

    ``resets`` are (day, drug), as a plan has them. Put them before the doses of the same day: actions of one day keep
    their order. Raises TherapyError for a drug that is not there, or one that stands in the network as daily means.
    """
    rest = {s.id: s.rest for s in treated.model.species}
    found = []
    for day, named in sorted(resets):
        name = Path(named).name  # a drug that comes from a folder is called like it
        where = f"reset of {name} on day {day:g}"
        if name not in treated.drugs:
            raise TherapyError(where, "the drug is not in the network", "a drug of the regimen")
        if name in treated.fast:
            came = "the drug stands in the network as means over a day"
            raise TherapyError(where, came, "with_drugs(…, averaged=False) for this drug")
        own = [f"{name}_{s.id}" for s in treated.drugs[name].part.species]
        found += [Reset(day, state, rest[state], f"reset of {name}") for state in own if state in rest]
    return found
