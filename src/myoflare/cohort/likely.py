"""Who is worth living: a tilt towards likely disease, and a first look that thins out everybody else.

Both change only how often a person is looked at, and both are undone exactly by weights: the tilt by the ratio of
densities, the thinning by one over the chance of being kept (Horvitz & Thompson 1952,
doi:10.1080/01621459.1952.10483446). A poor guess costs effective cases and never shifts a figure.
"""

from functools import cache

import numpy as np

from myoflare.base.keyed import uniforms
from myoflare.cohort.hosts import agent_effects
from myoflare.cohort.numbers import antigen_rows
from myoflare.cohort.tilt import Tilt, tilt_towards

ORDINARY = 0.06  # share of people drawn nature's way
# Three ways for each antigen to be likelier, with their shares: clones that fit, many and large clones, mimicry.
WAYS = (
    (0.4, {"presentation": 1.0, "counts": 1.0, "sizes": 1.0, "fits": 4.0, "cross": 0.0}),
    (0.4, {"presentation": 1.0, "counts": 1.6, "sizes": 2.0, "fits": 1.0, "cross": 0.0}),
    (0.14, {"presentation": 2.0, "counts": 1.3, "sizes": 1.5, "fits": 1.0, "cross": 0.8}),
)
LEAST = 0.03  # chance of being kept of those at whom nothing points
CERTAIN, POWER = 1.4, 2.5  # score from which on everyone is kept; how the chance falls below it
NEEDED = {"polymyositis": 2.0, "inclusion_body": 5.0, "antisynthetase": 2.5}  # times as much as in other subtypes
STATIN = 3.0  # times the score of antigens that statins raise, in those who will take one
MIMICRY = 30.0  # what an agent that all clones know adds to the score, in shares of the score
TUMOUR = 1.0  # what a tumour adds to the score, in those who will have one


@cache
def likely_tilt(antigens=None):
    """The ``Tilt`` of ``WAYS`` towards these antigens (a tuple of names), all by default."""
    parts = [tilt_towards(antigens, ordinary=1e-9, **way) for _, way in WAYS]
    shares = [
        ORDINARY,
        *np.concatenate([share * t.shares[1:] / t.shares[1:].sum() for (share, _), t in zip(WAYS, parts, strict=True)]),
    ]
    joined = [
        np.concatenate([getattr(parts[0], n)[:1], *(getattr(t, n)[1:] for t in parts)]) for n in ("haplotypes", "loci")
    ]
    lean = type(parts[0].lean)(*(np.concatenate([f[0][:1], *(table[1:] for table in f)])
                                 for f in zip(*(t.lean for t in parts), strict=True)))  # fmt: skip
    return Tilt(np.array(shares) / np.sum(shares), *joined, lean)


def kept(people, exposome):
    """Rows of people who are lived, and the log of one over the chance of it, both (R,); keyed by the person alone."""
    chance = np.clip((score(people, exposome) / CERTAIN) ** POWER, LEAST, 1.0)
    rows = np.flatnonzero(uniforms(people.key, "kept", 1)[:, 0] < chance)
    return rows, -np.log(chance[rows])


def score(people, exposome):
    """How near a person's worst antigen comes to the threshold, roughly, (N,): clones times presentation times the
    square of affinity, more with mimicry, with clones that know the neo-epitope of a tumour that will come, and with a
    statin to be taken. Who meets an infection of muscle or a checkpoint inhibitor is certain to be kept: both are rare
    and can harm anyone. A guess from what was seen to fall ill, used for nothing but ``kept``."""
    rows = antigen_rows()
    by_statin = np.array([STATIN if float(r["statin"]) else 1.0 for r in rows])
    statin = np.where(np.isfinite(exposome.starts["statin"])[:, None], by_statin, 1.0)
    burden = np.where(np.isfinite(exposome.starts["tumour"]), exposome.doses["tumour"], 0.0)
    scale = np.array([float(r["scale"]) for r in rows])
    needed = np.array([NEEDED.get(r["subtype"], 1.0) for r in rows])
    mimicry = people.mimicry.max(axis=2, initial=0.0)
    own = scale * people.clones * statin * (1 + MIMICRY * mimicry) + TUMOUR * burden[:, None] * people.neoepitope
    by_antigen = own * people.presentation * people.affinity**2 / needed
    rare = _infected_in_muscle(people, exposome) | np.isfinite(exposome.starts["checkpoint"])
    return np.where(rare, CERTAIN, 0.0) + by_antigen.max(axis=1, initial=0.0)


def _infected_in_muscle(people, exposome):
    """Whether an infection of the person's life reaches muscle itself, (N,) bool: rare, and it harms anyone."""
    effects = agent_effects(people.agents)
    reaches = np.array([any(v > 0 for k, v in sets.items() if k.startswith("muscle_tropism")) for _, sets in effects])
    met = np.concatenate([[0], np.cumsum(reaches[exposome.agent])])
    return met[exposome.offsets[1:]] > met[exposome.offsets[:-1]]
