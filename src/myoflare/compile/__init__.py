"""Turn a ``Model`` into a ``Program``: right-hand side, sparse Jacobian, rates and rules as compiled code."""

from myoflare.compile.conservation import left_null_space
from myoflare.compile.program import Program, compile_model

__all__ = ["Program", "compile_model", "left_null_space"]
