"""What a clinic measures of a course, and what it would call it."""

from myoflare.clinic.criteria import Classification, classify
from myoflare.clinic.readouts import measure, visits
from myoflare.clinic.summary import summarise
from myoflare.clinic.verdict import Verdict, diagnose, diagnosed_day

__all__ = ["Classification", "Verdict", "classify", "diagnose", "diagnosed_day", "measure", "summarise", "visits"]
