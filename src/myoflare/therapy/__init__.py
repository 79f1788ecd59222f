"""Drugs, regimens and doses, and what becomes of them: actions of a schedule."""

from myoflare.therapy.compose import Treated, actions, drugs_of, with_drugs
from myoflare.therapy.doses import Dose, expand, run_in, stop
from myoflare.therapy.drug import Drug, list_drugs, load_drug
from myoflare.therapy.given import Given
from myoflare.therapy.individual import individual
from myoflare.therapy.plan import Plan, begin
from myoflare.therapy.regimen import Regimen, list_regimens, load_regimen
from myoflare.therapy.resets import reset_actions

__all__ = [
    "Dose", "Drug", "Given", "Plan", "Regimen", "Treated", "actions", "begin", "drugs_of", "expand", "individual",
    "list_drugs", "list_regimens", "load_drug", "load_regimen", "reset_actions", "run_in", "stop", "with_drugs",
]  # fmt: skip
