"""How one person's handling of drugs differs from the typical person's."""

import math
from collections.abc import Mapping

from myoflare.base.streams import stream
from myoflare.therapy.compose import Treated


def individual(treated: Treated, values: Mapping[str, float], seed: int, patient: str) -> dict[str, float]:
    """``values`` with every drug parameter that varies between people drawn for this one, by id of the network.

    Lognormal around the typical value, with the coefficient of variation of the column ``cv_percent``, and its median
    there. Every parameter has a stream of its own: another drug in the regimen changes nobody's draws.
    """
    drawn = dict(values)
    typical = treated.whole.values()
    for name, drug in treated.drugs.items():
        for parameter, cv in drug.cv.items():
            key = f"{name}_{parameter}"
            if key in typical:
                z = stream(seed, patient, f"pharmacokinetics:{key}").standard_normal()
                drawn[key] = drawn.get(key, typical[key]) * math.exp(z * math.sqrt(math.log1p(cv**2)))
    return drawn
