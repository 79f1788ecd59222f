"""The right-hand side with the constant inflows that infusions add to it."""

from numba import njit

from myoflare.simulate.lanes.slot import *


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def slope(t, y, p, c, w, u, inflows, out):
    rhs(t, y, p, c, w, out)
    for i in inflows:
        st(out, i, ld(out, i) + ld(u, i))
