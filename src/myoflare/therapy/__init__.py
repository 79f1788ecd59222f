"""Drugs, doses, and what becomes of them: actions of a schedule."""

from myoflare.therapy.compose import Given, Treated, actions, drugs_of, with_drugs
from myoflare.therapy.doses import Dose, expand, run_in, stop
from myoflare.therapy.drug import Drug, list_drugs, load_drug
from myoflare.therapy.individual import individual

__all__ = [
    "Dose", "Drug", "Given", "Treated", "actions", "drugs_of", "expand", "individual", "list_drugs", "load_drug",
    "run_in", "stop", "with_drugs",
]  # fmt: skip
