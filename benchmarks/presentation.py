"""Odds ratios of HLA among the strongest responses to each antigen: ``python -m benchmarks.presentation [PEOPLE]``.

A response is strong by clones times affinity times the power of presentation that ``numbers.py`` gives the network.
What the network makes of strong responses is a further step; ``docs/credibility/population.md`` has the odds ratios of
people who fell ill, and the column ``elsewhere`` of ``antigens.tsv`` was set to those.
"""

import sys

import numpy as np

from benchmarks.calibrate_population import targets
from myoflare.cohort.epitopes import repertoire_tables
from myoflare.cohort.genome import carriers
from myoflare.cohort.people import draw_people
from myoflare.cohort.tilt import tilt_towards

PUBLISHED = {
    ("Jo1", "DRB1_03_01"): "5.6 among cases", ("Jo1", "DPB1_01_01"): "4.1", ("Mi2", "DRB1_07_01"): "4.9",
    ("TIF1", "DQB1_02"): "2.5", ("SRP", "DRB1_03_01"): "3.5", ("PMScl", "DRB1_03_01"): "18.4",
    ("cN1A", "DRB1_03_01"): "8.7", ("HMGCR", "DRB1_11_01"): "4.9 to 11.7", ("MDA5", "DRB1_04_01"): "16 (Han Chinese)",
}  # fmt: skip
RARE = 2e-4  # share of people taken as strong responders to one antigen


def main(arguments):
    """Print the table."""
    people = draw_people(int(arguments[0]) if arguments else 400_000, seed=4, tilt=tilt_towards(ordinary=0.1))
    weight = np.exp(people.log_weight)
    strength = people.clones * people.affinity * people.presentation ** repertoire_tables().presentation_power
    strong = {a: weight * _top(strength[:, k], weight) for k, a in enumerate(people.antigens)}
    everyone = sum(share * strong[a] / strong[a].sum() for a, share in targets().items())
    tag = carriers(people.haplotypes, "B_08_01") / 2
    print(f"tag of the 8.1 haplotype, per allele, published 2.74: {_odds_ratio(tag, everyone, weight):.2f}")
    for (antigen, allele), published in PUBLISHED.items():
        carried = (carriers(people.haplotypes, allele) > 0).astype(float)
        found, effective = _odds_ratio(carried, strong[antigen], weight), _effective(strong[antigen])
        print(f"{antigen}, {allele} carried, published {published}: {found:.1f} ({effective:.0f} effective)")


def _top(strength, weight):
    order = np.argsort(-strength)
    share = np.cumsum(weight[order]) / weight.sum()
    return strength > strength[order[np.searchsorted(share, RARE)]]


def _odds_ratio(share, cases, weight):
    p, q = (np.sum(w * share) / np.sum(w) for w in (cases, weight))
    return p / (1 - p) * (1 - q) / q


def _effective(weight):
    return weight.sum() ** 2 / (weight**2).sum()


if __name__ == "__main__":
    main(sys.argv[1:])
