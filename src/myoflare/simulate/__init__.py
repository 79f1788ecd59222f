"""Advance a ``Program`` through time, and find where it rests."""

from myoflare.simulate.advance import Solution, advance
from myoflare.simulate.rest import Rest, rest

__all__ = ["Rest", "Solution", "advance", "rest"]
