"""People drawn from a population: genome and repertoire, as arrays over people, antigens and agents."""

from dataclasses import dataclass, fields, replace

import numpy as np

from myoflare.model.tables import read_rows
from myoflare.store import science_path


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

    def __len__(self):
        return len(self.key)

    def take(self, rows):
        """The people of these rows (an index array, a mask or a slice)."""
        arrays = (f.name for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray))
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})


def draw_people(size, seed, ancestry="northern_europe", tilt=None, first=0, without=frozenset()):
    """Draw ``size`` people; row i depends on ``seed`` and ``first + i`` alone."""
    antigens = tuple(r["antigen"] for r in read_rows(science_path("antigens.tsv"), ("antigen", "epitopes")))
    agents = tuple(r["agent"] for r in read_rows(science_path("agents.tsv"), ("agent", "epitopes")))
    rng = np.random.default_rng([seed, first])
    shape = (size, len(antigens))
    return People(
        key=rng.integers(0, 2**63, size).astype(np.uint64),
        female=rng.random(size) < 0.5,
        ancestry=ancestry,
        haplotypes=rng.integers(0, 13, (size, 2)),
        loci=rng.binomial(2, 0.1, (size, 9)).astype(np.int8),
        clones=rng.poisson(3.0, shape) / 3.0,
        presentation=rng.lognormal(0.0, 0.3, shape),
        affinity=np.ones(shape),
        mimicry=0.05 * rng.random((*shape, len(agents))),
        neoepitope=np.full(shape, 0.3),
        log_weight=np.zeros(size),
        antigens=antigens,
        agents=agents,
    )
