"""What generated code calls when it runs as plain Python: the helpers of ``kernels`` on NumPy numbers.

NumPy's numbers keep the rules of floating point (1/0 is infinite, log(-1) is NaN), as machine code does.
"""

from collections.abc import Callable

import numpy as np

from myoflare.compile import kernels
from myoflare.compile.functions import HELPERS

math = np  # has every function of ``functions.NATIVE`` under the name that ``math`` gives it


# These divide or raise by themselves, so what they are given must be NumPy's already.
POWERS = ("powr", "powc", "dpowr")


def _plain(name: str) -> Callable:
    function = getattr(kernels, name).py_func

    def call(*arguments):
        return np.float64(function(*arguments))

    def careful(*arguments):
        return np.float64(function(*(np.float64(x) for x in arguments)))

    return careful if name in POWERS else call


globals().update({name: _plain(name) for name in HELPERS})
