"""A course as a function that JAX can differentiate: our own solver and adjoint behind ``jax.custom_vjp``."""

from collections.abc import Callable, Sequence

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.gradient.adjoint import value_and_grad
from myoflare.simulate.gradient.question import wanted


def jax_course(
    program: Program,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedule: Sequence[Action] = (),
    *,
    wrt: Sequence[str],
    outputs: Sequence[str] | None = None,
    **options,
) -> Callable:
    """Function of a vector x, the values of the parameters (or starts) ``wrt``, that returns outputs (time, output).

    ``params`` and ``y0`` hold all other numbers; the remaining arguments are those of ``value_and_grad``. The function
    can be compiled, differentiated in reverse mode and mapped (one patient after another); what it returns has JAX's
    default precision, so ask JAX for 64 bits (``jax_enable_x64``). A course that fails raises JAX's own runtime error
    with our sentence in it. Raises SimulationError when JAX is not installed.
    """
    try:
        import jax
    except ImportError:
        hint = "Install it with: pip install jax"
        raise SimulationError("jax_course", "JAX is not installed", "JAX beside Myoflare", hint) from None
    asked = wanted(program, wrt, outputs)  # a name at fault is told here and not from inside JAX
    wrt, outputs = asked.names, asked.outputs

    def ask(x: np.ndarray, bars: np.ndarray | None):
        given = {"param": np.array(params, float), "state": np.array(y0, float)}
        for (kind, i), value in zip(asked.places, np.asarray(x, float), strict=True):
            given[kind][i] = value
        weights = np.zeros((len(times), len(outputs))) if bars is None else np.asarray(bars, float)

        def loss(_, values):
            return float((weights * values).sum()), weights

        return value_and_grad(
            program, loss, given["param"], given["state"], times, schedule, wrt=wrt, outputs=outputs, **options
        )

    def shaped(shape, x):
        return jax.ShapeDtypeStruct(shape, x.dtype)

    @jax.custom_vjp
    def course(x):
        return jax.pure_callback(
            lambda x: ask(x, None).values.astype(x.dtype), shaped((len(times), len(outputs)), x), x,
            vmap_method="sequential",
        )  # fmt: skip

    def ahead(x):
        return course(x), x

    def back(x, bars):
        by = jax.pure_callback(
            lambda x, bars: ask(x, bars).by.astype(x.dtype), shaped((len(wrt),), x), x, bars, vmap_method="sequential"
        )
        return (by,)

    course.defvjp(ahead, back)
    return course
