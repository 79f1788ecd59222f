"""How every output moves with a few parameters: the variational equations, solved step by step along the solution."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.gradient.adjoint import MAX_STEPS, recorded
from myoflare.simulate.gradient.question import numbers, wanted
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
    params, y0, times = numbers(program, params, y0, times)
    asked = wanted(program, wrt, outputs)
    run = recorded(program, method, params, y0, times, schedule, rtol, atol, asked.derive, max_steps, memory, "forward")
    values = asked.seen(run.states, run.derived)
    by = np.empty((*values.shape, len(asked.places)))
    for s, (kind, i) in enumerate(asked.places):
        seed = {"state": np.zeros((1, len(y0))), "param": np.zeros((1, len(params)))}
        seed[kind][0, i] = 1.0
        by[:, :, s] = asked.seen(*run.ahead(seed["state"], seed["param"]))
    return Sensitivities(times, values, by, asked.outputs, asked.names)
