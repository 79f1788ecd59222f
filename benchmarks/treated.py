"""What treatment costs beside the same course without: daily prednisone, weekly methotrexate, monthly immunoglobulin.

    python -m benchmarks.treated

Two years of dermatomyositis in people who differ, saved weekly, rtol 1e-6, on one core. Each is solved untreated and
treated, turn by turn, so that what else the machine does falls on both. ``exact`` steps through every tablet instead of
taking the mean effect of a day.
"""

import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.disease import DIFFER, PATIENT, SPREAD
from benchmarks.machine import describe
from myoflare.base.streams import stream
from myoflare.cohort import load_patient
from myoflare.cohort.life import life_numbers, load_shipped, resting_state
from myoflare.compile import compile_model
from myoflare.simulate import solve
from myoflare.therapy import Given, actions, load_drug, with_drugs

DAYS, START, PEOPLE, ROUNDS, SEED = 728.0, 120.0, 64, 5, 7
RTOL, AIM = 1e-6, 3.0
RESULT = Path(__file__).parent / "results" / "treated.md"


def doses(weight: float = 70.0) -> list[Given]:
    """Prednisone 60 mg a day, methotrexate 20 mg a week and IVIG 2 g/kg over two days each 28 days, to the end."""
    given = [Given(float(day), "prednisone", 60.0) for day in np.arange(START, DAYS)]
    given += [Given(float(day), "methotrexate", 20.0) for day in np.arange(START, DAYS, 7)]
    return given + [Given(float(day), "ivig", 2 * weight, "iv", 2.0) for day in np.arange(START, DAYS, 28)]


class Arm:
    """One way to be treated, or none, ready to be solved for everybody."""

    def __init__(self, drugs: tuple[str, ...], averaged: bool):
        treated = with_drugs(load_shipped(), [load_drug(name) for name in drugs], averaged)
        person = load_patient(PATIENT)
        base, inputs = life_numbers(person, treated.model, DAYS)
        self.program = compile_model(treated.model)
        given = [g for g in doses() if g.drug in drugs]
        self.schedule = tuple(sorted((*inputs, *actions(treated, given, base, DAYS)), key=lambda a: a.day))
        self.params, self.y0 = [], []
        for i in range(PEOPLE):
            factors = np.exp(SPREAD * stream(SEED, i, "treated").standard_normal(len(DIFFER)))
            values = base | {name: base[name] * float(f) for name, f in zip(DIFFER, factors, strict=True)}
            self.params.append(self.program.vector(values))
            self.y0.append(resting_state(treated.model, self.program, values, person))

    def solve(self):
        """Seconds of one core, and the batch."""
        began = time.process_time()
        batch = solve(
            self.program, np.array(self.params), np.array(self.y0), np.arange(0.0, DAYS + 1, 7.0),
            [self.schedule] * PEOPLE, rtol=RTOL, outputs="observables",
        )  # fmt: skip
        return time.process_time() - began, batch


def main() -> int:
    """Measure, print and write the page; 1 where the aim is missed."""
    names = ("prednisone", "methotrexate", "ivig")
    arms = {"untreated": Arm((), True), "treated": Arm(names, True), "treated, exact": Arm(names, False)}
    for arm in arms.values():
        arm.solve()
    turns = [{name: arm.solve() for name, arm in arms.items()} for _ in range(ROUNDS)]
    lines = ["| course | ms a patient | steps a patient | times untreated (range) | failed |", "|---|---|---|---|---|"]
    ratios = {n: [t[n][0] / t["untreated"][0] for t in turns] for n in arms}
    for name in arms:
        seconds, batch = float(np.median([t[name][0] for t in turns])), turns[0][name][1]
        ratio = f"{np.median(ratios[name]):.2f} ({min(ratios[name]):.2f}–{max(ratios[name]):.2f})"
        failed = int((batch.status != 0).sum())
        lines.append(f"| {name} | {1e3 * seconds / PEOPLE:.2f} | {batch.steps.mean():.0f} | {ratio} | {failed} |")
    machine = describe(SEED)
    reached = np.median(ratios["treated"]) <= AIM
    text = "\n".join([
        "# What treatment costs", "", " ".join(__doc__.split("\n\n")[2].split()), "",
        f"{machine['date']}, {machine['cpu']}, load {machine['load']}; {PEOPLE} people, {ROUNDS} turns.", "",
        *lines, "", f"Aim: at most {AIM:g} times the untreated course: {'met' if reached else 'missed'}.", "",
    ])  # fmt: skip
    RESULT.write_text(text, encoding="utf-8")
    print(text)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
