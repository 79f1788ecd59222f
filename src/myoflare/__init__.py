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
    "Given": "therapy",
    "Infusion": "model.records",
    "Model": "model.records",
    "MyoflareError": "base.errors",
    "Patient": "cohort",
    "Run": "store",
    "Verdict": "clinic",
    "biopsy": "tissue.needle",
    "classify": "clinic",
    "compile_model": "compile",
    "diagnose": "clinic",
    "draw_network": "report",
    "explain": "cohort",
    "list_drugs": "therapy",
    "list_patients": "cohort",
    "list_regimens": "therapy",
    "load_drug": "therapy",
    "load_model": "model",
    "load_patient": "cohort",
    "load_regimen": "therapy",
    "measure": "clinic",
    "measure_section": "tissue.morphometry",
    "patient_model": "cohort",
    "read_run": "store",
    "run_ensemble": "simulate.ensemble",
    "sample": "simulate.stochastic",
    "score_section": "tissue.scores",
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
    "write_sheet": "report.slide_files",
    "write_side_by_side": "report",
}

__all__ = [  # noqa: F822 (loaded by __getattr__)
    "Bolus",
    "Change",
    "Ensemble",
    "Given",
    "Infusion",
    "Model",
    "MyoflareError",
    "Patient",
    "Run",
    "Verdict",
    "biopsy",
    "classify",
    "compile_model",
    "diagnose",
    "draw_network",
    "explain",
    "list_drugs",
    "list_patients",
    "list_regimens",
    "load_drug",
    "load_model",
    "load_patient",
    "load_regimen",
    "measure",
    "measure_section",
    "patient_model",
    "read_run",
    "run_ensemble",
    "sample",
    "score_section",
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
    "write_sheet",
    "write_side_by_side",
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
