"""People: their documents, genomes and exposures, the courses of their lives, and what explains them."""

from myoflare.cohort.course import patient_model, simulate
from myoflare.cohort.explain import Explanation, explain
from myoflare.cohort.exposures import Exposure, exposure_kinds
from myoflare.cohort.patient import Patient, list_patients, load_patient
from myoflare.cohort.values import patient_values

__all__ = [
    "Explanation",
    "Exposure",
    "Patient",
    "explain",
    "exposure_kinds",
    "list_patients",
    "load_patient",
    "patient_model",
    "patient_values",
    "simulate",
]
