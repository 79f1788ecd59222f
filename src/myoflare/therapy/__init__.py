"""Doses, and what becomes of them: actions of a schedule."""

from myoflare.therapy.doses import Dose, expand, run_in, stop

__all__ = ["Dose", "expand", "run_in", "stop"]
