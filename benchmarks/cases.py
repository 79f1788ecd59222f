"""What is timed: a network, patients who differ, and what happens to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.compile import Program, compile_model
from myoflare.model.records import Action, Bolus, Infusion, Model

DAYS = 728.0
EVERY_WEEK = np.linspace(0.0, DAYS, 105)
SCENARIOS = {"untreated": "no drug", "infusion": "monthly infusion", "daily": "daily oral dose and monthly infusion"}


@dataclass(frozen=True)
class Case:
    """``params`` (patient, param) and ``y0`` (patient, state) of patients who share ``schedule``; ``times`` in days.

    ``scale`` (state,) is the size of each state: its absolute tolerance is ``rtol`` / 1000 of that.
    """

    network: str
    scenario: str
    model: Model
    program: Program
    params: np.ndarray
    y0: np.ndarray
    scale: np.ndarray
    schedule: tuple[Action, ...]
    times: np.ndarray

    @property
    def name(self) -> str:
        return f"{self.network}, {self.scenario}"

    def atol(self, rtol: float) -> np.ndarray:
        return 1e-3 * rtol * self.scale


def regimen(scenario: str, oral: tuple[str, float], infused: tuple[str, float], days: float) -> tuple[Action, ...]:
    """Actions of a scenario: ``oral`` and ``infused`` are (state, amount). No dose falls on a day that is saved."""
    months = [Infusion(float(d), infused[0], infused[1], 0.1) for d in np.arange(60.75, days, 28)]
    each_day = [Bolus(float(d), *oral) for d in np.arange(30.25, days)]
    actions = {"untreated": [], "infusion": months, "daily": months + each_day}[scenario]
    return tuple(sorted(actions, key=lambda a: a.day))


def cases(networks: Sequence[str], patients: int, seed: int, days: float = DAYS, tell: Callable = print):
    """Every scenario of every network that is asked for, one at a time: patients are drawn when their turn comes."""
    from benchmarks import disease, immuno

    sources = {
        "immuno": immuno.stiff,
        "immuno-quasi": immuno.quasi,
        "disease": disease.patients,
    }
    times = EVERY_WEEK[days >= EVERY_WEEK]
    for network in networks:
        tell(f"{network}: {patients} patients")
        model, params, y0, scale, exposures, oral, infused = sources[network](patients, seed, days)
        program = compile_model(model)
        for scenario in SCENARIOS:
            actions = (*exposures, *regimen(scenario, oral, infused, days))
            schedule = tuple(sorted(actions, key=lambda a: a.day))
            yield Case(network, scenario, model, program, params, y0, scale, schedule, times)


NETWORKS = ("immuno", "immuno-quasi", "disease")
