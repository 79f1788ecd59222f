"""Derivatives of courses by parameters and by the start."""

from myoflare.simulate.gradient.adjoint import Gradient, least_squares, value_and_grad
from myoflare.simulate.gradient.forward import Sensitivities, sensitivities
from myoflare.simulate.gradient.jax import jax_course

__all__ = ["Gradient", "Sensitivities", "jax_course", "least_squares", "sensitivities", "value_and_grad"]
