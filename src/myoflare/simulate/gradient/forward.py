"""How every output moves with a few parameters: the variational equations, solved step by step along the solution."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.gradient.adjoint import MAX_STEPS, checked_times, checked_vector, column, place, recorded
from myoflare.simulate.gradient.run import MEMORY


@dataclass(frozen=True)
class Sensitivities:
    """``values`` (time, output) and their derivatives ``by`` (time, output, name) what ``names`` says."""

    times: np.ndarray
    values: np.ndarray
    by: np.ndarray
    outputs: tuple[str, ...]
    names: tuple[str, ...]


def sensitivities(
    program: Program,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedule: Sequence[Action] = (),
    *,
    wrt: Sequence[str],
    outputs: Sequence[str] | None = None,
    method: str = "auto",
    rtol: float = 1e-6,
    atol: np.ndarray | float | None = None,
    max_steps: int = MAX_STEPS,
    memory: float = MEMORY,
) -> Sensitivities:
    """Derivatives of every output at every time; arguments and errors as in ``value_and_grad``.

    The derivative of each step as computed, which is what the method itself makes of the variational equations
    (internal differentiation: Bock 1981, doi:10.1007/978-3-642-68220-9_8); implicit steps use their factors again. The
    cost grows with the number of names; for one number that sums up the course ``value_and_grad`` is cheaper.
    """
    params, y0 = checked_vector("params", params, program.params), checked_vector("y0", y0, program.states)
    times = checked_times(times)
    places = [place(program, name) for name in wrt]
    outputs = tuple(program.observables if outputs is None else outputs)
    columns = [column(program, name) for name in outputs]
    derive = any(kind == "derived" for kind, _ in columns)
    run = recorded(program, method, params, y0, times, schedule, rtol, atol, derive, max_steps, memory, "forward")
    values = np.stack([getattr(run, kind)[0, :, i] for kind, i in columns], axis=1)
    by = np.empty((*values.shape, len(places)))
    for s, (kind, i) in enumerate(places):
        seed = {"state": np.zeros((1, len(y0))), "param": np.zeros((1, len(params)))}
        seed[kind][0, i] = 1.0
        moved = dict(zip(("states", "derived"), run.ahead(seed["state"], seed["param"]), strict=True))
        by[:, :, s] = np.stack([moved[kind][0, :, i] for kind, i in columns], axis=1)
    return Sensitivities(times, values, by, outputs, tuple(wrt))
