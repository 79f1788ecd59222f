"""Advance a ``Program`` through time, one patient or many, and find where it rests.

Chance is in ``simulate.stochastic``, derivatives in ``simulate.gradient``, millions of patients in
``simulate.ensemble``: rooms of their own that nobody has to load who does not need them.
"""

from myoflare.simulate.advance import Solution, advance
from myoflare.simulate.batch import Batch, solve
from myoflare.simulate.rest import Rest, rest

__all__ = ["Batch", "Rest", "Solution", "advance", "rest", "solve"]
