"""The kernel, compiled once for all networks: formulas reach it as pointers to compiled functions."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from numba import njit, types

from myoflare.simulate.stochastic.events import EVENTS
from myoflare.simulate.stochastic.network import NETWORK
from myoflare.simulate.stochastic.play import Options, Schedule, paths

KERNELS = ("clocks", "firing", "flow", "jump", "langevin", "leap", "limit", "play", "random")
_F, _I, _U = types.float64[::1], types.int64[::1], types.uint64
FORMULAS = types.FunctionType(_F(types.float64, _F, _F, _F))
OPTIONS = types.NamedTuple((types.float64,) * 3 + (types.int64,) * 4, Options)
SCHEDULE = types.NamedTuple((_F, _I, _I, _F), Schedule)
SIGNATURE = types.void(
    FORMULAS, FORMULAS, FORMULAS, types.int64, _U, _U, _U, types.int64, _F, _F, _F, NETWORK, SCHEDULE, EVENTS, OPTIONS,
    _F, types.float64[:, :, ::1], _I, _F, _I,
)  # fmt: skip


@cache
def player() -> Callable:
    """``play.paths`` as machine code, from the cache where it is there.

    The cache of numba looks at the file of the outermost function only. ``made_of``, a digest of all files that go into
    it, becomes part of its key, so that a change in any of them is seen.
    """
    here = Path(__file__).parent
    made_of = hashlib.sha256(b"".join((here / f"{name}.py").read_bytes() for name in KERNELS)).hexdigest()

    @njit(SIGNATURE, cache=True, error_model="numpy", nogil=True)
    def play(
        rates, derive, constants, method, key0, key1, word, replicate, y0, p0, atol, net, schedule, events, options,
        times, out, status, reached, steps,
    ):  # fmt: skip
        made_of  # noqa: B018
        paths(rates, derive, constants, method, key0, key1, word, replicate, y0, p0, atol, net, schedule, events,
              options, times, out, status, reached, steps)  # fmt: skip

    return play
