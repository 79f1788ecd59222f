"""Derivatives of courses by parameters and by the start."""

from myoflare.simulate.gradient.adjoint import Gradient, least_squares, value_and_grad

__all__ = ["Gradient", "least_squares", "value_and_grad"]
