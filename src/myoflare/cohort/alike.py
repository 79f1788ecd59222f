"""People of whom something is known, and the same genome many times over."""

from dataclasses import replace

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.base.keyed import keys_of, mixed, uniforms
from myoflare.cohort.genome import REFERENCE, allele_pool, haplotype_rows
from myoflare.cohort.people import mixture_weight, with_repertoire
from myoflare.cohort.tilt import untilted
from myoflare.store import suggest

_HLA = "HLA_"


def people_with(size, seed, alleles=(), sex=None, ancestry=REFERENCE, tilt=None, first=0, without=frozenset()):
    """People of whom these alleles, and perhaps the sex, are known; the rest is drawn from those who have them.

    alleles: names as in patient documents, ``HLA_DRB1_11_01`` or ``PTPN22_620W``. An allele of HLA is carried at least
    once, or as often as it is named; a locus that is named has exactly as many copies. sex: ``female``, ``male`` or
    None. tilt: only its leaning of clones is used, and the weights undo it.

    PatientError for an unknown allele, with the nearest, and for alleles that no pair of haplotypes carries.
    """
    if size < 1:
        raise PatientError("size", f"a population of {size}", "at least 1 person")
    if sex not in (None, "female", "male"):
        raise PatientError("sex", f"{sex!r}", "female or male")
    pool, tilt = allele_pool(ancestry), tilt or untilted()
    hla, loci = _sorted_out(alleles, pool)
    chance = pair_chances(hla, pool)
    key = keys_of(seed, first, size)
    u = uniforms(key, "known", 2 + 2 * len(pool.loci))
    pair = np.minimum(np.searchsorted(np.cumsum(chance), u[:, 0], side="right"), len(chance) - 1)
    haplotypes = np.stack(np.divmod(pair, len(pool.frequency)), axis=1)
    copies = (u[:, 2:].reshape(size, -1, 2) < pool.locus_frequency[:, None]).sum(axis=2).astype(np.int8)
    for name, count in loci.items():
        copies[:, pool.loci.index(name)] = count
    female = u[:, 1] < 0.5 if sex is None else np.full(size, sex == "female")
    return _drawn(key, female, ancestry, haplotypes, copies, tilt, without)


def copies_of(people, row, size, seed, tilt=None, first=0, same_repertoire=False, without=frozenset()):
    """The genome of one person ``size`` times, each with a repertoire and a life of its own.

    same_repertoire: the clones are the same, too, as no twins' are. Row i depends on the person, ``seed`` and
    ``first + i`` alone. Weights are those of the repertoires.
    """
    if size < 1:
        raise PatientError("size", f"{size} lives", "at least 1")
    one = people.take(np.full(size, row))
    with np.errstate(over="ignore"):
        key = mixed(one.key + keys_of(seed, first, size, "copy"))
    if same_repertoire:
        return replace(one, key=key, log_weight=np.zeros(size))
    return _drawn(key, one.female, one.ancestry, one.haplotypes, one.loci, tilt or untilted(), people.without | without)


def pair_chances(alleles, pool):
    """Chance (H * H,) of each pair of haplotypes among people who carry ``alleles`` (a mapping) so many times each."""
    sets = [row["molecules"].split() for row in haplotype_rows()]
    chance = np.outer(pool.frequency, pool.frequency)
    for allele, count in alleles.items():
        has = np.array([allele in s for s in sets], int)
        chance = chance * (has[:, None] + has[None, :] >= count)
    if chance.sum() == 0:
        came = ", ".join(f"{name} {count} times" for name, count in alleles.items())
        raise PatientError("alleles", came, "alleles that two haplotypes of haplotypes.tsv can carry together")
    return (chance / chance.sum()).ravel()


def _sorted_out(alleles, pool):
    """How often each HLA molecule and each locus is named."""
    molecules = sorted({m for row in haplotype_rows() for m in row["molecules"].split() if m != "-"})
    known = [_HLA + m for m in molecules] + list(pool.loci)
    hla, loci = {}, {}
    for name in alleles:
        if name not in known:
            expected = "an allele of haplotypes.tsv or loci.tsv"
            raise PatientError("alleles", f"unknown allele {name!r}", expected, suggest(name, known))
        into, short = (loci, name) if name in pool.loci else (hla, name.removeprefix(_HLA))
        into[short] = into.get(short, 0) + 1
        if into[short] > 2:
            raise PatientError("alleles", f"{name} three times", "an allele at most twice")
    return hla, loci


def _drawn(key, female, ancestry, haplotypes, loci, tilt, without):
    way = np.searchsorted(np.cumsum(tilt.shares)[:-1], uniforms(key, "tilt", 1)[:, 0], side="right")
    people, told = with_repertoire(key, female, ancestry, haplotypes, loci, way, tilt.lean, without)
    return replace(people, log_weight=mixture_weight(told, tilt.shares))
