"""Epitopes, the HLA molecules that show them and the receptors that fit them: tables made once from the text.

An epitope is written ``2hnpr:E7D80``: the HLA class that may show it (1 or 2), the residue class in each of four
anchor pockets (h aliphatic, r aromatic, n acidic, p basic, s small, o polar), and 20 bits that a receptor touches.
A molecule is written ``2h.pr``, its mask: a dot is a pocket that takes anything.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from myoflare.base.errors import ModelError
from myoflare.cohort.genome import REFERENCE, allele_pool, haplotype_rows
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path, suggest

CONTACT_BITS = 20
POCKETS = "hrnpso"


@dataclass(frozen=True)
class Tables:
    """What a repertoire is drawn with: K antigens of E epitopes, F epitopes of G agents, H haplotypes, T clone types.

    binding: (H, K, E) how well the molecules of a haplotype show each self epitope; other: (K,) what the rest of a
    person's HLA adds to each. foreign_binding: (H, F), foreign_other: number, agent: (F,) whose epitope each is.
    strings: (T,) uint32, the bits in which a clone of a type differs from its epitope; fit: (T,) affinity of the type.
    A clone of an antigen is of each of its E * T types with the same chance.
    recognised: (K, E, T, F) whether the type sees the microbial epitope.
    thymus, precursors, neoepitope: (K,). half, female, spread, neo_bits, mismatches,
    presentation_power: numbers of ``repertoire.tsv``.
    """

    antigens: tuple[str, ...]
    agents: tuple[str, ...]
    binding: np.ndarray
    other: np.ndarray
    foreign_binding: np.ndarray
    foreign_other: float
    agent: np.ndarray
    strings: np.ndarray
    fit: np.ndarray
    recognised: np.ndarray
    thymus: np.ndarray
    precursors: np.ndarray
    neoepitope: np.ndarray
    half: float
    female: float
    spread: float
    neo_bits: int
    mismatches: int
    presentation_power: float

    def shown(self, first, second):
        """Presentation (..., K, E) of every self epitope by people of these two haplotypes (arrays of rows)."""
        return self.binding[first] + self.binding[second] + self.other[:, None]

    def foreign_shown(self, first, second):
        """Presentation (..., F) of every microbial epitope."""
        return self.foreign_binding[first] + self.foreign_binding[second] + self.foreign_other


@cache
def antigen_rows():
    """Rows of ``science/antigens.tsv``."""
    return read_rows(science_path("antigens.tsv"), ("antigen", "subtype", "epitopes", "thymus", "precursors"))


@cache
def repertoire_tables():
    """The ``Tables`` of the text as shipped."""
    agents = read_rows(science_path("agents.tsv"), ("agent", "epitopes"))
    numbers = read_rows(science_path("repertoire.tsv"), ("name", "value"))
    return make_tables(antigen_rows(), agents, numbers)


def make_tables(antigens, agents, numbers):
    """``Tables`` from rows of the three files; ModelError for an epitope that cannot be read."""
    n = {row["name"]: number(row["value"], f"repertoire.tsv line {row['line']}", row["name"]) for row in numbers}
    self_epitopes = [[_epitope(e, row) for e in row["epitopes"].split()] for row in antigens]
    foreign = [(_epitope(e, row), g) for g, row in enumerate(agents) for e in row["epitopes"].split()]
    count = {len(es) for es in self_epitopes}
    if len(count) != 1:
        raise ModelError("antigens.tsv", f"antigens of {sorted(count)} epitopes", "the same number for each")
    per = count.pop()
    strings, fit = _types(int(n["mismatches"]), n["affinity_step"])
    column = {k: _column(antigens, k) for k in ("thymus", "precursors", "elsewhere", "neoepitope")}
    bits = np.array([[c for _, c in es] for es in self_epitopes])
    receptors = bits[:, :, None] ^ strings
    far = _ones(receptors[..., None] ^ np.array([c for (_, c), _ in foreign]))
    return Tables(
        antigens=tuple(row["antigen"] for row in antigens),
        agents=tuple(row["agent"] for row in agents),
        binding=_binding([[a for a, _ in es] for es in self_epitopes], n["anchor_step"]),
        other=column["elsewhere"] / per,
        foreign_binding=_binding([[a for (a, _), _ in foreign]], n["anchor_step"])[:, 0],
        foreign_other=n["elsewhere_agent"],
        agent=np.array([g for _, g in foreign]),
        strings=strings.astype(np.uint32),
        fit=fit,
        recognised=far <= n["mismatches"],
        thymus=column["thymus"],
        precursors=column["precursors"],
        neoepitope=column["neoepitope"],
        half=n["thymus_half"],
        female=n["thymus_female"],
        spread=n["size_spread"],
        neo_bits=int(n["neoepitope_bits"]),
        mismatches=int(n["mismatches"]),
        presentation_power=n["presentation_power"],
    )


@cache
def mean_shown():
    """Mean presentation of self (K, E) and of microbial epitopes (F,) over the reference population."""
    tables, f = repertoire_tables(), allele_pool(REFERENCE).frequency
    own = 2 * np.tensordot(f, tables.binding, 1) + tables.other[:, None]
    return own, 2 * f @ tables.foreign_binding + tables.foreign_other


def _types(allowed, step):
    """Every way in which a receptor may differ from its epitope: strings (T,), affinity (T,)."""
    sets = [c for d in range(allowed + 1) for c in combinations(range(CONTACT_BITS), d)]
    strings = np.array([sum(1 << b for b in c) for c in sets])
    return strings, step ** np.array([float(len(c)) for c in sets])


def _binding(epitopes, step):
    """(H, K, E) binding of anchors by all molecules of a haplotype together."""
    masks = molecule_masks()
    out = np.zeros((len(haplotype_rows()), len(epitopes), len(epitopes[0])))
    for h, row in enumerate(haplotype_rows()):
        for name in row["molecules"].replace("-", "").split():
            if name not in masks:
                where = f"haplotypes.tsv line {row['line']}"
                raise ModelError(where, f"unknown allele {name!r}", "a row of molecules.tsv", suggest(name, masks))
            out[h] += [[_holds(masks[name], anchors, step) for anchors in es] for es in epitopes]
    return out


@cache
def molecule_masks():
    """allele -> anchor mask, of ``science/molecules.tsv``."""
    return {r["allele"]: r["anchors"] for r in read_rows(science_path("molecules.tsv"), ("allele", "anchors"))}


def _holds(mask, anchors, step):
    if mask[0] != anchors[0]:  # class I and class II show different peptides
        return 0.0
    return step ** sum(m not in (".", a) for m, a in zip(mask[1:], anchors[1:], strict=True))


def _epitope(text, row):
    """``(anchors, contact bits)`` of an epitope as written."""
    anchors, _, contact = text.partition(":")
    right = len(anchors) == 5 and anchors[0] in "12" and set(anchors[1:]) <= set(POCKETS)
    if not right or len(contact) != CONTACT_BITS // 4 or not set(contact) <= set("0123456789ABCDEF"):
        where = f"line {row['line']}, {row.get('antigen') or row.get('agent')}"
        raise ModelError(where, f"epitope {text!r}", f"the form 2hnpr:E7D80, with pockets of {', '.join(POCKETS)}")
    return anchors, int(contact, 16)


def _column(rows, name):
    return np.array([number(row[name], f"antigens.tsv line {row['line']}", name) for row in rows])


def _ones(words):
    return np.bitwise_count(np.asarray(words, np.uint32))
