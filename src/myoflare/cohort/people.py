"""People drawn from a population: genome and repertoire, as arrays over people, antigens and agents."""

from dataclasses import dataclass, fields, replace

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.base.keyed import keys_of, uniforms
from myoflare.cohort.epitopes import repertoire_tables
from myoflare.cohort.genome import REFERENCE, allele_pool
from myoflare.cohort.repertoire import draw_repertoires
from myoflare.cohort.switches import check_switches
from myoflare.cohort.tilt import untilted


@dataclass(frozen=True)
class People:
    """``N`` people, ``K`` antigens (rows of ``science/antigens.tsv``), ``G`` agents (rows of ``science/agents.tsv``).

    key: (N,) uint64; every random number of a person's life is keyed by it, so that nothing depends on batch or worker.
    female: (N,) bool. ancestry: a column of ``haplotypes.tsv``, one for all. haplotypes: (N, 2) rows of that table.
    loci: (N, L) int8, copies of the counted allele of each row of ``loci.tsv``.
    clones: (N, K) self-reactive precursors that the thymus left, 1 is the mean over people; 0 is none.
    presentation: (N, K) how well the person's HLA shows the antigen, 1 is the mean over people.
    affinity: (N, K) mean affinity of those clones, 1 is the mean over clones; 0 without clones.
    mimicry: (N, K, G) share of an agent's epitopes that those clones recognise as this person's HLA shows them.
    neoepitope: (N, K) share of those clones that also recognise the neo-epitope of this person's tumour, if one comes.
    log_weight: (N,) log of the true density over that of the draw; 0 where nothing was tilted.

    without: causes that are switched off in these people, see ``switches.py``.

    Means are those of the reference population, ``northern_europe``, with both sexes alike.
    """

    key: np.ndarray
    female: np.ndarray
    ancestry: str
    haplotypes: np.ndarray
    loci: np.ndarray
    clones: np.ndarray
    presentation: np.ndarray
    affinity: np.ndarray
    mimicry: np.ndarray
    neoepitope: np.ndarray
    log_weight: np.ndarray
    antigens: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()

    def __len__(self):
        return len(self.key)

    def take(self, rows):
        """The people of these rows (an index array, a mask or a slice)."""
        arrays = (f.name for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray))
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})


def together(parts):
    """The people of several ``People`` of one draw in one."""
    arrays = [f.name for f in fields(People) if isinstance(getattr(parts[0], f.name), np.ndarray)]
    return replace(parts[0], **{name: np.concatenate([getattr(p, name) for p in parts]) for name in arrays})


def draw_people(size, seed, ancestry=REFERENCE, tilt=None, first=0, without=frozenset()):
    """Draw ``size`` people; row i depends on ``seed`` and ``first + i`` alone.

    tilt: a ``Tilt`` (see ``tilt_towards``), or None for nature's own way; the weights undo it.
    without: causes to switch off, names of ``switches.py``: of the repertoire at once, of the network when
    ``network_numbers`` is asked. They change no random number of anyone.

    PatientError for a size below 1, an unknown ancestry or an unknown switch.

    >>> a, b = draw_people(3, seed=7), draw_people(2, seed=7, first=1)
    >>> bool((a.clones[1:] == b.clones).all())
    True
    """
    if size < 1:
        raise PatientError("size", f"a population of {size}", "at least 1 person")
    pool, tilt = allele_pool(ancestry), tilt or untilted()
    key = keys_of(seed, first, size)
    way = np.searchsorted(np.cumsum(tilt.shares)[:-1], uniforms(key, "tilt", 1)[:, 0], side="right")
    often, risky = tilt.frequencies(pool)
    u = uniforms(key, "genome", 3 + 2 * len(pool.loci))
    below = np.cumsum(often, axis=1)[:, :-1][way]
    haplotypes = np.stack([(u[:, i, None] >= below).sum(axis=1) for i in (1, 2)], axis=1)
    at = risky[way]
    loci = ((u[:, 3 : 3 + len(pool.loci)] < at).astype(np.int8) + (u[:, 3 + len(pool.loci) :] < at)).astype(np.int8)
    people, told = with_repertoire(key, u[:, 0] < 0.5, ancestry, haplotypes, loci, way, tilt.lean, without)
    told += _log_ratio(often, pool.frequency).T[haplotypes].sum(axis=1)
    p = pool.locus_frequency
    told += loci @ _log_ratio(risky, p).T + (2 - loci) @ _log_ratio(1 - risky, 1 - p).T
    return replace(people, log_weight=mixture_weight(told, tilt.shares))


def _log_ratio(new, old):
    """log of ``new / old``, 0 where neither ever happens."""
    return np.log(np.divide(new, old, out=np.ones_like(new), where=old > 0))


def with_repertoire(key, female, ancestry, haplotypes, loci, way, lean, without=frozenset()):
    """People of these genomes, each with a repertoire drawn anew from ``key``.

    Returns ``(people, told)``: weights 0, and ``told`` (N, C) for ``mixture_weight``.
    """
    check_switches(without)
    equal, spare = "equal_presentation" in without, "no_thymic_selection" in without
    of_women = female & ("equal_sex" not in without)
    drawn = draw_repertoires(key, of_women, haplotypes, way, lean, equal, not spare)
    told = drawn.pop("told")
    t = repertoire_tables()
    people = People(
        key=key, female=female, ancestry=ancestry, haplotypes=haplotypes, loci=loci, log_weight=np.zeros(len(key)),
        antigens=t.antigens, agents=t.agents, without=frozenset(without), **drawn,
    )  # fmt: skip
    return _without(people, without), told


def mixture_weight(told, shares):
    """Log weight (N,) of a mixture's draws; ``told`` (N, C) is the log of each way's density over nature's."""
    with np.errstate(divide="ignore"):
        terms = told + np.log(shares)
    top = terms.max(axis=1)
    return -(top + np.log(np.exp(terms - top[:, None]).sum(axis=1)))


def _without(people, without):
    zero = np.zeros_like
    if "equal_repertoire" in without:
        ones = np.ones_like(people.clones)
        people = replace(people, clones=ones, affinity=ones.copy())
    if "equal_affinity" in without:
        people = replace(people, affinity=(people.clones > 0).astype(float))
    if "no_mimicry" in without:
        people = replace(people, mimicry=zero(people.mimicry))
    if "no_neoepitopes" in without:
        people = replace(people, neoepitope=zero(people.neoepitope))
    if "no_self_clones" in without:
        names = ("clones", "affinity", "mimicry", "neoepitope")
        people = replace(people, **{name: zero(getattr(people, name)) for name in names})
    return people
