"""Calibrate who falls ill: the `scale` of each antigen, until the incidence with each antibody is the published one.

    python -m benchmarks.calibrate_population FOLDER [ROUNDS] [SIZE] [FIRST_SEED]

Each round lives a population of its own (a new seed) in FOLDER, compares the adult incidence by antigen with the share
in `science/population_facts.tsv` times the incidence of the register, and moves each scale by the fourth root of the
ratio, which is about how steeply incidence rises with it. Writes `science/antigens.tsv`; the sex ratio, ages, HLA and
exposures are left to what follows from it.
"""

import sys
from pathlib import Path

import numpy as np

from myoflare.cohort.compared import population_facts
from myoflare.cohort.epidemiology import incidence
from myoflare.cohort.population_folder import run_population
from myoflare.cohort.question import Question
from myoflare.store import science_path

POWER, MOST, PRIOR = 0.25, 1.5, 2.0  # of the ratio; of a step; cases that the target itself counts for
NAMED_DM = ("TIF1", "Mi2", "MDA5", "NXP2")  # the antigen DM has what these leave of dermatomyositis
INCLUSION_BODY = 0.15  # share of cN1A in what no listed antibody claims; the antigen PM has the rest


def targets():
    """Adult cases per million person-years with each antigen."""
    facts = {row["id"]: float(row["value"]) for row in population_facts()}
    shares = {name.removeprefix("share_"): value for name, value in facts.items() if name.startswith("share_")}
    left = 1 - sum(shares.values())
    others = {"DM": facts["dermatomyositis"] - sum(shares[k] for k in NAMED_DM), "cN1A": INCLUSION_BODY * left}
    others["PM"] = left - sum(others.values())
    return {k: facts["incidence"] * v for k, v in (shares | others).items()}


def main(folder, rounds=3, size=8000, seed=100):
    """Run the rounds; prints what it finds."""
    for i in range(int(seed), int(seed) + int(rounds)):
        found = run_population(Question(size=int(size), seed=i), Path(folder) / f"round_{i}", workers=2)
        steps = {}
        for name, wanted in targets().items():
            f = incidence(found, antigens=(name,))
            n = f.effective
            ratio = wanted * (n + PRIOR) / (n * max(f.value, 1e-9) + PRIOR * wanted)
            steps[name] = float(np.clip(ratio**POWER, 1 / MOST, MOST))
            print(
                f"{name:6s} wanted {wanted:.2f}, found {f.value:.2f} ({n:.1f} effective), scale times {steps[name]:.2f}"
            )
        print(f"all {incidence(found).value:.1f}, effective cases {found.effective_cases:.0f}", flush=True)
        write(steps)


def write(steps):
    """Multiply the column `scale`."""
    path = science_path("antigens.tsv")
    lines = path.read_text(encoding="utf-8").split("\n")
    at = lines[0].split("\t").index("scale")
    for i, line in enumerate(lines[1:], 1):
        cells = line.split("\t")
        if cells[0] in steps:
            cells[at] = f"{float(cells[at]) * steps[cells[0]]:.3g}"
            lines[i] = "\t".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
