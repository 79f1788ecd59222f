"""A tilt and its weights: what is drawn more often counts less, and every mean is nature's again."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort.people import draw_people, mixture_weight
from myoflare.cohort.relatives import relatives
from myoflare.cohort.tilt import Tilt, tilt_towards, untilted

SIZE = 40_000
ORDINARY = 0.25


def measures(people):
    """(N, M) of many kinds: haplotypes, loci, counts, tails, cross-reactivity, and products of them."""
    strong = people.clones * people.presentation * people.affinity
    carried = np.stack([(people.haplotypes == h).sum(axis=1) for h in range(13)], axis=1)
    columns = [people.clones, people.presentation, people.affinity, people.loci, carried, people.neoepitope]
    columns += [people.mimicry.sum(axis=2), people.mimicry.any(axis=2), strong > 4, people.clones == 0]
    columns += [people.female[:, None], (strong > 2) * (people.loci[:, :1] > 0)]
    return np.hstack([np.asarray(c, float) for c in columns])


def distance(people, other):
    """Distances (M,) between weighted means, in standard errors."""
    (a, va), (b, vb) = (
        ((w * m).mean(axis=0), (w * m).var(axis=0) / len(m))
        for m, w in ((measures(p), np.exp(p.log_weight)[:, None]) for p in (people, other))
    )
    return (a - b) / np.sqrt(va + vb + 1e-12)


@pytest.fixture(scope="module")
def nature():
    return draw_people(SIZE, seed=11)


NONE = {"presentation": 0.0, "counts": 1.0, "sizes": 0.0, "fits": 0.0, "cross": 0.0}
PARTS = [NONE | {"presentation": 2.0}, NONE | {"counts": 1.7}, NONE | {"sizes": 1.5}, NONE | {"fits": 2.0}]
PARTS += [NONE | {"cross": 0.3}, {"presentation": 1.5, "counts": 1.3, "sizes": 3.0, "fits": 3.0, "cross": 0.2}]


@pytest.fixture(scope="module", params=PARTS, ids=["haplotypes", "counts", "sizes", "fits", "cross", "all"])
def tilted(request):
    return draw_people(SIZE, seed=12, tilt=tilt_towards(["Jo1", "PM", "HMGCR"], ordinary=ORDINARY, **request.param))


def test_weights_average_to_one(tilted):
    w = np.exp(tilted.log_weight)
    assert abs(w.mean() - 1) < 4 * w.std() / np.sqrt(SIZE)
    assert w.max() <= 1 / ORDINARY + 1e-9


def test_weighted_means_are_natures(nature, tilted):
    z = distance(nature, tilted)
    assert np.abs(z).max() < 4.5
    assert (z**2).mean() < 2


def test_without_the_weights_they_are_not(nature, tilted):
    """The twin that must fail."""
    assert np.abs(distance(nature, replace(tilted, log_weight=np.zeros(SIZE)))).max() > 8


def test_loci_too(nature):
    base = tilt_towards(["Jo1"], ordinary=ORDINARY, **NONE)
    tilt = Tilt(base.shares, base.haplotypes, base.loci * np.array([[1.0], [2.0]]), base.lean)
    people = draw_people(SIZE, seed=12, tilt=tilt)
    assert np.abs(distance(nature, people)).max() < 4.5
    assert np.abs(distance(nature, replace(people, log_weight=np.zeros(SIZE)))).max() > 20


def test_a_tilt_reaches_the_rare(nature):
    """Of the one in 2,000 with the strongest response, many times as many, with weights that stay even."""

    def response(people):
        return (people.clones * people.presentation * people.affinity)[:, 0]

    rare = np.quantile(response(nature), 1 - 1 / 2000)

    def strong(people):
        return response(people) > rare

    people = draw_people(SIZE, seed=12, tilt=tilt_towards(["Jo1", "TIF1", "HMGCR", "PM", "DM"]))
    w = np.exp(people.log_weight) * strong(people)
    assert strong(people).sum() > 3 * strong(nature).sum()
    assert w.sum() ** 2 / (w**2).sum() > 3 * strong(nature).sum()


def test_the_tilt_of_a_twin(nature):
    people = draw_people(SIZE, seed=14, tilt=tilt_towards(["Jo1"], ordinary=ORDINARY))
    twins = relatives(people, "identical_twin", 1, tilt=tilt_towards(["Jo1"], ordinary=ORDINARY))
    assert np.abs(distance(relatives(nature, "identical_twin", 1), twins)).max() < 4.5


def test_no_tilt_weighs_nothing(nature):
    assert np.abs(nature.log_weight).max() < 1e-12
    assert np.allclose(draw_people(50, seed=1, tilt=untilted()).log_weight, 0)


def test_mixture_weight_by_hand():
    told = np.log([[1.0, 4.0], [1.0, 0.5]])
    assert np.allclose(np.exp(mixture_weight(told, np.array([0.5, 0.5]))), [1 / 2.5, 1 / 0.75])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"antigens": ["Jo2"]}, "did you mean 'Jo1'"),
        ({"ordinary": 0.0}, "a share above 0 and at most 1"),
        ({"counts": 0.0}, "factors above 0"),
        ({"cross": 1.0}, "at least 0 and below 1"),
    ],
)
def test_refused_in_a_sentence(keys, words):
    with pytest.raises(PatientError, match=words):
        tilt_towards(**keys)


def test_shares_that_do_not_sum_to_one():
    base = untilted()
    with pytest.raises(PatientError, match="shares that sum to 1"):
        Tilt(0.5 * base.shares, base.haplotypes, base.loci, base.lean)


@pytest.mark.parametrize("ancestry", ["east_asia", "african_american"])
def test_a_tilt_of_another_ancestry(ancestry):
    """Haplotypes that an ancestry lacks stay away, and the weights undo the tilt there, too."""
    people = draw_people(SIZE, seed=15, ancestry=ancestry, tilt=tilt_towards())
    assert np.abs(distance(draw_people(SIZE, seed=16, ancestry=ancestry), people)).max() < 4.5
