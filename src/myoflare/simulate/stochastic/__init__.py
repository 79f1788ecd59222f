"""Chance in a ``Program``: exact jumps, leaps, the chemical Langevin equation, and jumps within a flow."""

from myoflare.simulate.stochastic.sample import Samples, sample

__all__ = ["Samples", "sample"]
