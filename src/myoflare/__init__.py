"""Myoflare: a mechanistic simulator of autoimmune myositis. What causes it, and what would stop it?

The public names below are loaded on first use, so that ``import myoflare`` and ``myoflare --help`` stay fast.
"""

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_ROOMS = {
    "Bolus": "model.records",
    "Change": "model.records",
    "Ensemble": "simulate.ensemble",
    "Infusion": "model.records",
    "Model": "model.records",
    "MyoflareError": "base.errors",
    "Patient": "cohort",
    "Run": "store",
    "Verdict": "clinic",
    "compile_model": "compile",
    "diagnose": "clinic",
    "draw_network": "report",
    "explain": "cohort",
    "list_patients": "cohort",
    "load_model": "model",
    "load_patient": "cohort",
    "measure": "clinic",
    "patient_model": "cohort",
    "read_run": "store",
    "run_ensemble": "simulate.ensemble",
    "sample": "simulate.stochastic",
    "simulate": "cohort",
    "solve": "simulate",
    "summarise": "clinic",
    "value_and_grad": "simulate.gradient",
    "write_demo_report": "report",
    "write_omex": "model",
    "write_petab": "model",
    "write_report": "report",
    "write_run": "store",
    "write_sbml": "model",
}

__all__ = [  # noqa: F822 (loaded by __getattr__)
    "Bolus",
    "Change",
    "Ensemble",
    "Infusion",
    "Model",
    "MyoflareError",
    "Patient",
    "Run",
    "Verdict",
    "compile_model",
    "diagnose",
    "draw_network",
    "explain",
    "list_patients",
    "load_model",
    "load_patient",
    "measure",
    "patient_model",
    "read_run",
    "run_ensemble",
    "sample",
    "simulate",
    "solve",
    "summarise",
    "value_and_grad",
    "write_demo_report",
    "write_omex",
    "write_petab",
    "write_report",
    "write_run",
    "write_sbml",
]


def __getattr__(name):
    if name not in _ROOMS:
        raise AttributeError(f"module 'myoflare' has no attribute {name!r}")
    room = import_module(f"myoflare.{_ROOMS[name]}")
    value = getattr(room, name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps ``myoflare.simulate`` the function, although a room of the same name is imported behind it."""

    def __setattr__(self, name, value):
        if not (name in _ROOMS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
