"""A tilt: people drawn more often from where disease is likely, with the weight that undoes it.

A tilt mixes several ways of drawing a person, each leaning towards one antigen, and nature's own way. The weight of a
person is nature's density over that of the mixture, summed over all ways that could have drawn the same person (the
balance heuristic, Veach & Guibas 1995, doi:10.1145/218380.218498), so that no weight exceeds one over nature's share.
"""

from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.cohort.epitopes import repertoire_tables
from myoflare.cohort.genome import allele_pool
from myoflare.cohort.repertoire import Lean, nature
from myoflare.store import suggest


@dataclass(frozen=True)
class Tilt:
    """``C`` ways of drawing, the first of them nature's own.

    shares: (C,) how often each is taken, sums to one. haplotypes: (C, H) factors on frequencies, scaled to sum to one.
    loci: (C, L) factors on the odds of the counted allele. lean: (C, K) of clones, see ``Lean``.
    """

    shares: np.ndarray
    haplotypes: np.ndarray
    loci: np.ndarray
    lean: Lean

    def __post_init__(self):
        ways = len(self.shares)
        for name, table in (("haplotypes", self.haplotypes), ("loci", self.loci), *self.lean._asdict().items()):
            if len(table) != ways:
                raise PatientError(f"tilt, {name}", f"{len(table)} rows", f"one for each of the {ways} shares")
        if abs(np.sum(self.shares) - 1) > 1e-9 or np.min(self.shares) < 0:
            raise PatientError("tilt, shares", f"a sum of {np.sum(self.shares):g}", "shares that sum to 1")
        for name, table in (("haplotypes", self.haplotypes), ("loci", self.loci), ("counts", self.lean.counts)):
            if not (np.min(table) > 0 and np.isfinite(table).all()):
                raise PatientError(f"tilt, {name}", f"{np.min(table):g}", "factors above 0")
        if not (np.min(self.lean.cross) >= 0 and np.max(self.lean.cross) < 1):
            raise PatientError("tilt, cross", f"{np.max(self.lean.cross):g}", "shares of at least 0 and below 1")

    def frequencies(self, pool):
        """Haplotype (C, H) and allele (C, L) frequencies of each way in a population."""
        raised = self.haplotypes * pool.frequency
        odds = self.loci * pool.locus_frequency / (1 - pool.locus_frequency)
        return raised / raised.sum(axis=1, keepdims=True), odds / (1 + odds)


def untilted():
    """Nature's own way, alone."""
    pool, k = allele_pool(), len(repertoire_tables().antigens)
    one = np.ones
    return Tilt(one(1), one((1, len(pool.frequency))), one((1, len(pool.loci))), nature(k))


def tilt_towards(
    antigens=None, ordinary=0.2, presentation=1.5, counts=1.3, sizes=1.5, fits=1.0, cross=0.1, shares=None
):
    """A ``Tilt`` of one way for each antigen, which leans towards HLA that shows it and many, large clones against it.

    antigens: names; all by default. ordinary: nature's share of the draws. presentation: exponent on how well a
    haplotype shows the antigen. counts, sizes, fits, cross: see ``Lean``. shares: of each antigen, equal by default.
    """
    t, pool = repertoire_tables(), allele_pool()
    names = tuple(antigens or t.antigens)
    rows = [_row(name, t.antigens) for name in names]
    share = np.ones(len(rows)) if shares is None else np.asarray(shares, float)
    if not 0 < ordinary <= 1:
        raise PatientError("tilt, ordinary", f"{ordinary:g}", "a share above 0 and at most 1")
    mean = pool.frequency @ t.binding.sum(axis=2)
    shown = t.binding.sum(axis=2) + mean + t.other  # with an average haplotype beside it
    haplotypes = np.vstack([np.ones(len(shown)), (shown[:, rows] / shown[:, rows].mean(axis=0)).T ** presentation])
    here = np.vstack([np.zeros(len(t.antigens)), np.eye(len(t.antigens))[rows]])
    lean = Lean(1.0 + (counts - 1.0) * here, sizes * here, fits * here, cross * here)
    all_shares = np.r_[ordinary, (1 - ordinary) * share / share.sum()]
    return Tilt(all_shares / all_shares.sum(), haplotypes, np.ones((len(rows) + 1, len(pool.loci))), lean)


def _row(name, antigens):
    if name not in antigens:
        raise PatientError("tilt", f"unknown antigen {name!r}", "a row of antigens.tsv", suggest(name, antigens))
    return antigens.index(name)
