"""Repertoires: molecules show what fits their pockets, the thymus deletes what it sees, microbes match by bits."""

import numpy as np
import pytest

from myoflare.base.errors import ModelError
from myoflare.cohort.epitopes import CONTACT_BITS, antigen_rows, make_tables, molecule_masks, repertoire_tables
from myoflare.cohort.genome import allele_pool, carriers, haplotype_index, haplotype_rows
from myoflare.cohort.people import draw_people
from myoflare.cohort.relatives import relatives
from myoflare.cohort.repertoire import mean_clones
from myoflare.model.tables import read_rows
from myoflare.store import science_path

SIZE = 40_000


@pytest.fixture(scope="module")
def people():
    return draw_people(SIZE, seed=21)


def column(people, name):
    return people.antigens.index(name)


@pytest.mark.parametrize(
    ("antigen", "allele"),
    [("Jo1", "DRB1_03_01"), ("Jo1", "DPB1_01_01"), ("TIF1", "DQB1_02"), ("Mi2", "DRB1_07_01"), ("PM", "B_08_01")]
    + [("MDA5", "DRB1_04_01"), ("HMGCR", "DRB1_11_01"), ("PMScl", "DRB1_03_01"), ("cN1A", "DRB1_03_01")],
)
def test_published_alleles_show_their_antigen(people, antigen, allele):
    shown, copies = people.presentation[:, column(people, antigen)], carriers(people.haplotypes, allele)
    means = [shown[copies == c].mean() for c in (0, 1)]
    assert means[1] > 1.25 * means[0]


def test_alleles_that_fit_nothing_show_little(people):
    shown, copies = people.presentation[:, column(people, "HMGCR")], carriers(people.haplotypes, "DRB1_03_01")
    assert shown[copies > 0].mean() < 1.05 * shown[copies == 0].mean()


def test_presentation_is_the_sum_of_both_haplotypes():
    t, (a, b) = repertoire_tables(), (haplotype_index("AH8.1"), haplotype_index("DR11"))
    assert np.allclose(t.shown(a, b), t.shown(a, a) / 2 + t.shown(b, b) / 2)
    assert molecule_masks()["DRB1_03_01"] == "2hnpr"
    assert t.binding[a, t.antigens.index("Jo1"), 0] >= 1  # all four pockets fit


def test_one_receptor_in_five_thousand_fits_an_epitope():
    t = repertoire_tables()
    assert len(t.strings) == 1 + CONTACT_BITS + CONTACT_BITS * (CONTACT_BITS - 1) // 2
    assert len(t.strings) / 2**CONTACT_BITS == pytest.approx(2e-4, rel=0.01)


def test_recognition_is_bit_by_bit():
    t = repertoire_tables()
    (k, e, s, f) = np.argwhere(t.recognised)[7]
    rows = read_rows(science_path("agents.tsv"), ("agent", "epitopes"))
    own = antigen_rows()[k]["epitopes"].split()[e].split(":")[1]
    foreign = [x.split(":")[1] for row in rows for x in row["epitopes"].split()][f]
    receptor = int(own, 16) ^ int(t.strings[s])
    assert bin(receptor ^ int(foreign, 16)).count("1") <= t.mismatches


def test_the_thymus_deletes_the_strong_first(people):
    spared = draw_people(SIZE, seed=21, without={"no_thymic_selection"})
    assert (people.clones <= spared.clones + 1e-12).all()
    strong, weak = (people.affinity[people.clones > 0], spared.affinity[people.clones > 0])
    assert strong.mean() < weak.mean()


def test_women_keep_more_clones(people):
    by_sex = [people.clones[people.female == sex].mean(axis=0) for sex in (True, False)]
    assert (by_sex[0] / by_sex[1]).mean() > 1.01


def test_better_shown_antigens_lose_more_clones_in_the_thymus(people):
    k = column(people, "PMScl")
    carrier = carriers(people.haplotypes, "DRB1_03_01") > 0
    spared = draw_people(SIZE, seed=21, without={"no_thymic_selection"})
    kept = [people.clones[c, k].sum() / spared.clones[c, k].sum() for c in (carrier, ~carrier)]
    assert kept[0] < kept[1]


def test_mimicry_is_rare_and_of_the_agents_whose_bits_match(people):
    any_match = (people.mimicry > 0).mean(axis=0)
    seen = repertoire_tables().recognised.any(axis=(1, 2))
    agent = repertoire_tables().agent
    matches = np.stack([seen[:, agent == g].any(axis=1) for g in range(len(people.agents))], axis=1)
    assert np.array_equal(any_match > 0, matches)
    assert any_match.max() < 0.15
    assert matches[column(people, "Jo1"), people.agents.index("mimicking_virus")]


def test_clones_are_luck_not_inheritance(people):
    twins = relatives(people, "identical_twin", seed=1)
    ours, theirs = people.clones[:, 0], twins.clones[:, 0]
    assert np.array_equal(people.presentation, twins.presentation)
    assert abs(np.corrcoef(ours, theirs)[0, 1]) < 0.06
    both = ((people.mimicry > 0) & (twins.mimicry > 0)).any(axis=(1, 2)).mean()
    assert both < 0.25 * (people.mimicry > 0).any(axis=(1, 2)).mean()


def test_only_antigens_of_tumours_have_neoepitopes(people):
    has = people.neoepitope.mean(axis=0) > 0
    assert {a for a, yes in zip(people.antigens, has, strict=True) if yes} == {"TIF1"}


def test_the_draws_follow_poisson():
    """Without thymus, with equal HLA, the share of people without clones is the chance of none in a Poisson number."""
    people = draw_people(SIZE, seed=2, without={"no_thymic_selection", "equal_presentation"})
    share = np.exp(-repertoire_tables().precursors)
    assert (np.abs((people.clones == 0).mean(axis=0) - share) < 5 * np.sqrt(share / SIZE)).all()


def test_haplotypes_cover_every_molecule():
    names = {m for h in range(len(allele_pool().haplotypes)) for m in _molecules(h)}
    assert names == set(molecule_masks())


def _molecules(h):
    return haplotype_rows()[h]["molecules"].replace("-", "").split()


@pytest.mark.parametrize("text", ["3hnpr:E7D80", "2hnpx:E7D80", "2hnpr:E7D8", "2hnpr", "2hnpr:E7D8G"])
def test_an_epitope_that_cannot_be_read(text):
    rows = [dict(antigen_rows()[0], epitopes=text)]
    numbers = read_rows(science_path("repertoire.tsv"), ("name", "value"))
    with pytest.raises(ModelError, match="Jo1: epitope .*; expected the form 2hnpr:E7D80"):
        make_tables(rows, [], numbers)


def test_mimicry_has_the_mean_that_can_be_worked_out(people):
    """Over all pairs of haplotypes and all types of clones, by sums instead of draws."""
    t, f = repertoire_tables(), allele_pool().frequency
    k, g = column(people, "Jo1"), people.agents.index("mimicking_virus")
    first, second = np.divmod(np.arange(len(f) ** 2), len(f))
    shown, foreign = t.shown(first, second)[:, k], t.foreign_shown(first, second)
    part = np.where(t.agent == g, foreign, 0.0) / foreign[:, t.agent == g].sum(axis=1, keepdims=True)
    expected = 0.0
    for sex in (1.0, t.female):
        signal = t.thymus[k] * sex * shown / (f @ t.shown(np.arange(13), np.arange(13))[:, k].sum(axis=1)) * 3
        spared = t.half / (t.half + signal[:, :, None] * t.fit)
        weight = spared * (shown / shown.sum(axis=1, keepdims=True))[:, :, None]
        seen = np.einsum("pet,etf,pf->p", weight, t.recognised[k].astype(float), part)
        expected += 0.5 * (np.outer(f, f).ravel() @ seen) * t.precursors[k] / len(t.strings)
    found = people.clones[:, k] * mean_clones()[0][k] * people.mimicry[:, k, g]
    assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(SIZE)
    assert expected > 0.5 * found.mean() > 0
