"""The discrete stochastic models test suite (Evans, Gillespie & Wilkinson 2008, doi:10.1093/bioinformatics/btm566).

Each case gives the exact mean and standard deviation of every state over time. 10,000 exact paths are judged as it
judges: Z = sqrt(n) (mean - mu) / sigma within (-3, 3) and
Y = sqrt(n / 2) (variance / sigma^2 - 1) within (-5, 5).
"""

import csv
import re
import tarfile
from pathlib import Path

import numpy as np
import pytest

from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.simulate.stochastic import sample

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "sbml-stochastic.tar.xz"
PATHS = 10_000
BY_CHANCE = 3  # points of a case that the suite's own text grants to chance
LONG = {5, 23, 39}  # fifty to a thousand million firings each, two minutes; they pass
CASES = [pytest.param(i, marks=pytest.mark.slow if i in LONG else ()) for i in range(1, 40)]


@pytest.fixture(scope="session")
def suite(tmp_path_factory):
    if not ARCHIVE.exists():
        pytest.skip("the suite of stochastic models is not here (shared/conformance/sbml-stochastic.tar.xz)")
    folder = tmp_path_factory.mktemp("dsmts")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return {int(path.name[:5]): path.parent for path in folder.rglob("*-settings.txt")}


def settings(folder):
    text = next(folder.glob("*-settings.txt")).read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+):[ \t]*(.*)$", text, re.MULTILINE))


def expected(folder):
    """Exact means and standard deviations by name, and the days."""
    with next(folder.glob("*-results.csv")).open() as file:
        rows = list(csv.DictReader(file))
    columns = {name.strip(): np.array([float(row[name]) for row in rows]) for name in rows[0]}
    return columns.pop("time"), columns


def drawn(folder, times, changed=None):
    """Paths (path, time) by name of state, rule or constant."""
    model = load_model(sorted(folder.glob("*.xml"))[-1])
    program = compile_model(model)
    params = program.vector(changed)
    paths = {}
    for outputs in ("states", "rules"):
        found = sample(
            program, params[None], program.guess[None], times, [model.schedule], seed=1, replicates=PATHS,
            outputs=outputs,
        )  # fmt: skip
        assert (found.status == 0).all()
        paths |= {name: found.values[0, :, :, i] for i, name in enumerate(found.outputs)}
        if not program.rules:
            break
    constants = {name: np.full((PATHS, len(times)), value) for name, value in zip(program.params, params, strict=True)}
    return constants | paths


def outside(folder, changed=None):
    """(points outside the suite's ranges, points judged) of one case."""
    times, truth = expected(folder)
    low, high = (tuple(map(float, re.findall(r"-?\d+", settings(folder)[key]))) for key in ("meanRange", "sdRange"))
    paths = drawn(folder, times, changed)
    out = judged = 0
    for name in {key.rsplit("-", 1)[0] for key in truth}:
        mean, sd = truth[f"{name}-mean"], truth[f"{name}-sd"]
        fixed = sd == 0
        assert paths[name][:, fixed] == pytest.approx(np.tile(mean[fixed], (PATHS, 1)), abs=1e-9)
        x, mean, sd = paths[name][:, ~fixed], mean[~fixed], sd[~fixed]
        z = np.sqrt(PATHS) * (x.mean(axis=0) - mean) / sd
        y = np.sqrt(PATHS / 2) * (x.var(axis=0, ddof=1) / sd**2 - 1)
        out += ((z <= low[0]) | (z >= low[1])).sum() + ((y <= high[0]) | (y >= high[1])).sum()
        judged += 2 * len(z)
    return out, judged


@pytest.mark.parametrize("case", CASES)
def test_mean_and_spread_are_the_suites(suite, case):
    out, judged = outside(suite[case])
    assert judged > 0
    assert out <= BY_CHANCE


def test_a_rate_wrong_by_a_tenth_is_seen(suite):
    folder = suite[1]
    model = load_model(sorted(folder.glob("*.xml"))[-1])
    out, judged = outside(folder, {"Lambda": 1.1 * model.values()["Lambda"]})
    assert out > judged / 3
