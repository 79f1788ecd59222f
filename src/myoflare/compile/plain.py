"""What generated code calls when it runs as plain Python: the helpers of ``kernels`` on NumPy numbers.

NumPy's numbers keep the rules of floating point (1/0 is infinite, log(-1) is NaN), as machine code does.
"""

from collections.abc import Callable

import numpy as np

from myoflare.compile import kernels
from myoflare.compile.functions import HELPERS

math = np  # has every function of ``functions.NATIVE`` under the name that ``math`` gives it


def _plain(compiled) -> Callable:
    function = compiled.py_func

    def call(*arguments):
        return np.float64(function(*(np.float64(x) for x in arguments)))

    return call


globals().update({name: _plain(getattr(kernels, name)) for name in HELPERS})
