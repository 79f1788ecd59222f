"""Patients are functions of their index; what the text derives from a parameter follows it."""

import numpy as np
import pytest

from myoflare.base.status import Status
from myoflare.compile import compile_model
from myoflare.model import Change, Model, Parameter, Reaction, Species, load_model, with_values
from myoflare.simulate.ensemble import Ensemble, FromArrays, Spread, Summary, run_ensemble
from myoflare.simulate.ensemble.sources import identity

TEXT = """model derived()
  k = 0.5; X0 = 4; twice := 2 * X0; Y0 = 3 * X0;
  species X, Y; X = X0 + 1; Y = Y0;
  J: X -> Y; k * X;
end
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("derived") / "derived.ant"
    path.write_text(TEXT)
    return compile_model(load_model(path))


def test_a_part_is_what_the_whole_holds(program):
    whole, part = Spread(0.3)(program, 7, 0, 100), Spread(0.3)(program, 7, 37, 45)
    assert np.array_equal(part.params, whole.params[37:45])
    assert np.array_equal(part.y0, whole.y0[37:45])
    other = Spread(0.3)(program, 8, 37, 45)
    assert not np.isclose(other.params, part.params).all(axis=1).any()


@pytest.mark.parametrize("names", [(), ("X0",), ("k", "Y0")])
def test_what_is_derived_follows(program, names):
    made = Spread(0.4, names)(program, 1, 0, 20)
    free = names or tuple(p.id for p in program.model.parameters if not p.formula)
    for row, start in zip(made.params, made.y0, strict=True):
        values = dict(zip(program.params, row, strict=True))
        model = with_values(program.model, {name: values[name] for name in free})
        assert row.tolist() == [p.value for p in model.parameters]
        assert start.tolist() == [s.rest for s in model.species]
    assert np.ptp(made.y0[:, program.states.index("X")]) > 0 or "X0" not in free


def test_the_spread_is_as_wide_as_it_says(program):
    k = Spread(0.3, ("k",))(program, 3, 0, 4000).params[:, program.params.index("k")]
    assert np.median(k) == pytest.approx(0.5, rel=0.02)  # its standard error is 0.6 %
    assert k.std() / k.mean() == pytest.approx(0.3, rel=0.06)


def test_schedules_reach_their_patients_and_a_bad_one_stops_its_own(tmp_path):
    decay = Model(
        "decay", (Species("X", "", "pmol", 8.0),), (Parameter("k", 0.5, "1/day"),), (), (),
        (Reaction("r", "", "k*X", {"X": -1}),),
    )  # fmt: skip
    schedules = [()] * 50
    schedules[7], schedules[9] = (Change(1.0, "k", 0.0),), (Change(1.0, "q", 0.0),)
    source = FromArrays(np.full((50, 1), 0.5), np.full((50, 1), 8.0), schedules)
    asked = Ensemble(
        source, 50, (0.0, 1.0, 3.0), model=decay, summaries=(Summary("X", "last"),), solver="reference", rtol=1e-8
    )
    run = run_ensemble(asked, tmp_path / "run")
    last = np.array(run.patients["X_last"])
    assert last[7] == pytest.approx(8 * np.exp(-0.5), rel=1e-6)
    assert np.isnan(last[9])
    assert np.delete(last, [7, 9]) == pytest.approx(8 * np.exp(-1.5), rel=1e-6)
    assert np.flatnonzero(run.patients["status"]).tolist() == [9]
    [who] = run.manifest["failed"]
    assert who["patient"] == 9
    assert "unknown parameter q" in who["reason"]
    assert run.manifest["outcomes"] == {str(Status.OK): 49, str(Status.BAD_INPUT): 1}


def one(program, seed, first, stop):
    return None


def two(program, seed, first, stop):
    return ()


def test_an_identity_is_the_same_in_another_process():
    import subprocess
    import sys

    code = "from myoflare.simulate.ensemble.sources import *; import numpy as np; "
    code += "print(identity(Spread(0.1, ('a', 'b')))); print(identity(FromArrays(np.ones((3, 2)), np.ones((3, 2)))))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True).stdout
    a = np.ones((3, 2))
    assert said.split("\n")[:2] == [identity(Spread(0.1, ("a", "b"))), identity(FromArrays(a, a))]


def test_identities_tell_sources_apart():
    a = np.ones((3, 2))
    same = [FromArrays(a, a), FromArrays(a.copy(), a.copy())]
    assert identity(same[0]) == identity(same[1])
    found = {identity(x) for x in (*same, FromArrays(a + 1e-15, a), Spread(0.1), Spread(0.2), one, two)}
    assert len(found) == 6  # the first two are one
