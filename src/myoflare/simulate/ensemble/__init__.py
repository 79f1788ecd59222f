"""Ensembles: ten thousand to ten million virtual patients, in parts, with the same bits however they are shared out."""

from myoflare.simulate.ensemble.hire import cores
from myoflare.simulate.ensemble.question import Crossing, Ensemble, Summary, grid
from myoflare.simulate.ensemble.result import Result, read_ensemble
from myoflare.simulate.ensemble.run import Stopped, run_ensemble
from myoflare.simulate.ensemble.sources import FromArrays, Patients, Source, Spread

__all__ = [
    "Crossing",
    "Ensemble",
    "FromArrays",
    "Patients",
    "Result",
    "Source",
    "Spread",
    "Stopped",
    "Summary",
    "cores",
    "grid",
    "read_ensemble",
    "run_ensemble",
]
