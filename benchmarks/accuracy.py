"""How far an answer is from the truth, and what the truth is."""

import numpy as np

from myoflare.simulate import advance
from myoflare.simulate.batch import solve

TIGHT = 1e-10
OTHER = 1e-11  # tolerance of the other solver that the truth is compared with
SMALL = 1e-3  # of the highest value of a state: below it, an error counts as a share of that


def error(found: np.ndarray, truth: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Of each patient the worst error over time and states, shape (patient,); both (patient, time, state).

    |found - truth| / (|truth| + 1e-3 highest |truth| + 1e-5 scale): one bad component at one time counts in full.
    """
    highest = np.abs(truth).max(axis=1, keepdims=True)
    share = np.abs(found - truth) / (np.abs(truth) + SMALL * highest + 1e-5 * scale)
    return np.where(np.isfinite(share), share, np.inf).reshape(len(truth), -1).max(axis=1)


def truth(case, patients: int, checked: int = 1) -> tuple[np.ndarray, float]:
    """Courses (patient, time, state) at a tight tolerance; and how far LSODA at a tighter one is from the first."""
    few = slice(0, patients)
    batch = solve(
        case.program, case.params[few], case.y0[few], case.times, [case.schedule] * patients,
        solver="rodas5p", rtol=TIGHT, atol=case.atol(TIGHT),
    )  # fmt: skip
    apart = [0.0]
    for i in range(checked):
        other = advance(
            case.program, case.params[i], case.y0[i], case.times, case.schedule, rtol=OTHER, atol=case.atol(OTHER)
        )
        if other.status.ok:
            apart.append(float(error(batch.values[i : i + 1], other.states[None], case.scale)[0]))
        else:
            apart.append(float("nan"))
    return batch.values, max(apart)
