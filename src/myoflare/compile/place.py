"""Where an array begins: one word to hand to a function, where the array itself is seven."""

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

PLACE = types.CPointer(types.float64)


@intrinsic
def at(typingctx, array):
    """The place of the first number of a float64 array."""

    def lower(context, builder, sig, args):
        return cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]).data

    return PLACE(array), lower
