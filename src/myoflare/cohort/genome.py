"""Genomes: HLA haplotypes and single loci with their frequencies, linked within a haplotype and not beyond.

Haplotypes pass on whole (no recombination within HLA) and the population mates at random (Hardy and Weinberg).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path, suggest

REFERENCE = "northern_europe"  # the population in which means are 1
SUMS_TO_ONE = 1e-6
_NOT_ANCESTRY = ("haplotype", "molecules", "title", "source", "confidence", "line")


@dataclass(frozen=True)
class Pool:
    """The alleles of one ancestry.

    haplotypes: H names. frequency: (H,) sums to one. loci: L names of alleles (rows of ``genome.tsv``).
    locus_frequency: (L,) of the counted allele.
    """

    haplotypes: tuple[str, ...]
    frequency: np.ndarray
    loci: tuple[str, ...]
    locus_frequency: np.ndarray


def list_ancestries():
    """Ancestries that ``haplotypes.tsv`` has frequencies for."""
    return [name for name in haplotype_rows()[0] if name not in _NOT_ANCESTRY]


@cache
def haplotype_rows():
    """Rows of ``science/haplotypes.tsv``."""
    return read_rows(science_path("haplotypes.tsv"), ("haplotype", "molecules", REFERENCE))


def allele_pool(ancestry=REFERENCE):
    """The ``Pool`` of an ancestry; PatientError, with the nearest name, for one that the table lacks."""
    if ancestry not in list_ancestries():
        expected = "a column of haplotypes.tsv"
        raise PatientError("ancestry", f"unknown ancestry {ancestry!r}", expected, suggest(ancestry, list_ancestries()))
    return _pool(ancestry)


@cache
def _pool(ancestry):
    loci = read_rows(science_path("loci.tsv"), ("allele", REFERENCE))
    return make_pool(haplotype_rows(), loci, ancestry)


def make_pool(haplotypes, loci, ancestry):
    """The ``Pool`` of rows of the two tables; PatientError for frequencies that no population can have."""
    frequency = np.array([_share(row, "haplotypes.tsv", row["haplotype"], ancestry) for row in haplotypes])
    if abs(frequency.sum() - 1) > SUMS_TO_ONE:
        came = f"the frequencies sum to {frequency.sum():.6g}"
        raise PatientError(f"haplotypes.tsv, {ancestry}", came, "a sum of 1", "let 'rest' take what is left")
    at = np.array([_share(row, "loci.tsv", row["allele"], ancestry) for row in loci])
    return Pool(tuple(r["haplotype"] for r in haplotypes), frequency, tuple(r["allele"] for r in loci), at)


def haplotype_index(name):
    """Row of a haplotype; PatientError names the nearest."""
    names = [row["haplotype"] for row in haplotype_rows()]
    if name not in names:
        raise PatientError("haplotype", f"unknown haplotype {name!r}", "a row of haplotypes.tsv", suggest(name, names))
    return names.index(name)


def carriers(haplotypes, allele):
    """Copies (N,) of a molecule such as ``DRB1_03_01`` that each person's two haplotypes (N, 2) lead to."""
    sets = [row["molecules"].split() for row in haplotype_rows()]
    known = sorted({m for molecules in sets for m in molecules if m != "-"})
    if allele not in known:
        raise PatientError("allele", f"unknown allele {allele!r}", "one of haplotypes.tsv", suggest(allele, known))
    return np.array([allele in molecules for molecules in sets])[haplotypes].sum(axis=1)


def _share(row, table, name, ancestry):
    value = number(row[ancestry], f"{table} line {row['line']}, {name}", ancestry)
    if not 0 <= value <= 1:
        raise PatientError(f"{table}, {name}, {ancestry}", f"{value:g}", "a frequency from 0 to 1")
    return value
