"""Drugs in the body: nothing moves without a dose, hooks are shared, and every fault is one sentence."""

import math

import numpy as np
import pytest
from drug_texts import YAML, write_drug

from myoflare.base.errors import MyoflareError
from myoflare.cohort.course import load_shipped
from myoflare.compile import compile_model
from myoflare.simulate import advance
from myoflare.therapy import Given, actions, list_drugs, load_drug, with_drugs


@pytest.fixture(scope="module")
def body():
    return load_shipped()


@pytest.fixture(scope="module")
def bare(body):
    return compile_model(body, backend="python")


def body_rates(program, states, y):
    """Rates of the body's ``states`` (id -> amount); whatever else is in the network stands at ``y``."""
    full = np.array([states.get(name, y.get(name, 0.0)) for name in program.states])
    return dict(zip(program.states, program.rhs(0.0, full, program.vector()), strict=True))


@pytest.mark.parametrize("averaged", [False, True])
def test_the_whole_library_without_a_dose_changes_nothing(body, bare, averaged):
    """One network with every drug in it: the body's rates are what they were, at many states."""
    treated = with_drugs(body, [load_drug(name) for name in list_drugs()], averaged=averaged)
    assert actions(treated, [], treated.model.values(), 100.0) == []
    full, own = compile_model(treated.model, backend="python"), {s.id: s.rest for s in treated.model.species}
    draw = np.random.default_rng(5)
    for _ in range(3):
        states = {name: 10 ** draw.uniform(-2, 4) for name in bare.states}
        before, after = body_rates(bare, states, {}), body_rates(full, states, own)
        np.testing.assert_allclose([after[n] for n in before], list(before.values()), rtol=1e-9, atol=1e-9)
        moved = [n for n in full.states if n not in before and abs(after[n]) > 1e-9 * max(1.0, abs(own[n]))]
        assert moved == []


def test_a_course_without_a_dose_is_that_of_the_body(body, bare, tmp_path):
    treated = with_drugs(body, [load_drug(write_drug(tmp_path / "one"))])
    full = compile_model(treated.model, backend="python")
    start = {s.id: s.rest for s in body.species}
    days = np.array([0.0, 5.0])
    y = [advance(p, p.vector(), np.array([start.get(n, 0.0) for n in p.states]), days) for p in (bare, full)]
    found = dict(zip(full.states, y[1].states[-1], strict=True))
    np.testing.assert_allclose([found[n] for n in bare.states], y[0].states[-1], rtol=1e-5, atol=1e-8)


def test_two_drugs_on_one_hook_multiply(body, tmp_path):
    folders = [write_drug(tmp_path / "one"), write_drug(tmp_path / "two")]
    treated = with_drugs(body, [load_drug(f) for f in folders])
    program = compile_model(treated.model, backend="python")
    y = np.array([{"one_central": 20.0, "two_central": 60.0}.get(n, s.rest) for n, s in zip(
        program.states, treated.model.species, strict=True)])  # fmt: skip
    rules = dict(zip(program.rules, program.derive(0.0, y, program.vector()), strict=True))
    assert rules["one_at_signal_IL6"] == pytest.approx(2 / (2 + 2))
    assert rules["two_at_signal_IL6"] == pytest.approx(2 / (2 + 6))
    assert rules["signal_IL6"] == pytest.approx(0.5 * 0.25)


def test_what_two_drugs_add_is_summed(body, tmp_path):
    more = "  IgG_given := share * central;\n"
    rows = ["share lin 0 1 0.5 0 g/mg share made_up low fixed"]
    treated = with_drugs(body, [load_drug(write_drug(tmp_path / n, more, rows)) for n in ("one", "two")])
    program = compile_model(treated.model, backend="python")
    y = np.array([{"one_central": 20.0, "two_central": 60.0}.get(n, 1.0) for n in program.states])
    rules = dict(zip(program.rules, program.derive(0.0, y, program.vector()), strict=True))
    assert rules["IgG_given"] == pytest.approx(10 + 30)


def test_a_dose_goes_where_the_route_says(body, tmp_path):
    yaml = YAML.replace("unit: mg}", 'unit: mg, bioavailability: "min(1, V / dose)", lag_days: "1 / k"}')
    treated = with_drugs(body, [load_drug(write_drug(tmp_path / "one", yaml=yaml))])
    (bolus,) = actions(treated, [Given(3.0, "one", 40.0)], treated.model.values(), 10.0)
    assert (bolus.day, bolus.state, bolus.amount) == (5.0, "one_central", pytest.approx(40 * 10 / 40))


CHECK = "checks: [{what: Cmax, of: c, published: 1, unit: mg/L, source: x, dose: 5 mg}]\n"
AVERAGE = "average: {days: 1, of: [signal_IL6]}\n"
FAULTS = {
    "a rule for what is no hook": (
        {"more": "  humoral_V_plasma := V;\n"},
        "one, rule humoral_V_plasma: a rule for a parameter; expected a hook of the network",
    ),
    "a rule for a state": (
        {"more": "  humoral_IgG := share * central;\n", "rows": ["share lin 0 1 0 0 g/mg x x low fixed"]},
        "expected a hook of the network",
    ),
    "a name that nobody knows": (
        {"more": "  d := c / nowhere;\n"},
        "one, nowhere: a name that nobody knows; expected a quantity of drug or body. add a row to parameters.tsv",
    ),
    "the wrong unit on a hook": ({"old": "block(c, K)", "new": "c + K"}, "signal_IL6"),
    "a sum of different units": ({"more": "  d := c + V;\n"}, "d"),
    "a state of the body in another unit": (
        {"more": '  substanceOnly species humoral_memory_B;\n  humoral_memory_B has mg;\n'
                 "  kill: humoral_memory_B => ; k * humoral_memory_B;\n"},
        "one, humoral_memory_B: the unit mg; expected cell",
    ),
    "a number in a formula": ({"old": "k * central", "new": "0.5 * k * central"}, "0.5"),
    "a row that is not used": ({"rows": ["idle lin 0 1 1 0 L x x low fixed"]}, "a row for idle, which the text does"),
    "an average that reads the body": (
        {"old": "block(c, K)", "new": "block(c * humoral_IgG / IgG_normal, K)",
         "rows": ["IgG_normal lin 0 100 30 0 g x x low fixed"], "yaml": YAML + AVERAGE},
        "drug one: what it averages depends on humoral_IgG of the body; expected means of the drug's own",
    ),
    "an average of no rule": (
        {"yaml": YAML + "average: {of: [signal_IL66]}\n"},
        "'signal_IL66' is no rule of the drug; expected a rule. did you mean 'signal_IL6'?",
    ),
    "a misspelt key": ({"yaml": YAML.replace("title", "titel")}, "drug.yaml:1, titel: unknown key 'titel'"),
    "a missing key": ({"yaml": YAML.replace("class: antibody\n", "")}, "the key 'class' is missing"),
    "a number for text": ({"yaml": YAML.replace("100 mg", "100")}, "standard.dose: 100 for 'dose'; expected text"),
    "a route in no unit": ({"yaml": YAML.replace("unit: mg", "unit: mgs")}, "routes.iv.unit: 'mgs' ('mgs' is not"),
    "a route with half a formula": (
        {"yaml": YAML.replace("unit: mg", "unit: mg, bioavailability: F *")},
        "routes.iv.bioavailability: 'F *' (",
    ),
    "a route into nowhere": ({"yaml": YAML.replace("central", "centre")}, "did you mean 'central'?"),
    "a route in another unit": (
        {"yaml": YAML.replace("unit: mg", "unit: g")}, "the unit g; expected mg, the unit of central"),
    "an unknown default route": ({"yaml": YAML + "default_route: ivv\n"}, "no route 'ivv'"),
    "a hook that is misspelt": (
        {"old": "signal_IL6 :=", "new": "signal_IL66 :="},
        "drug one, rule signal_IL66: nothing reads it; expected a hook or a use. did you mean 'signal_IL6'?",
    ),
    "a dose in another unit": ({"yaml": YAML.replace("100 mg", "100 mL")}, "standard.dose: an amount in"),
    "a figure of no day": (
        {"yaml": YAML + CHECK.replace("Cmax", "at")}, "checks[0]: at without at_days; expected the days that it needs"),
    "an unknown key": ({"yaml": YAML + "dosis: 5\n"}, "dosis"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence(body, tmp_path, fault):
    told, sentence = FAULTS[fault]
    with pytest.raises(MyoflareError) as found:
        with_drugs(body, [load_drug(write_drug(tmp_path / "one", **told))])
    assert sentence in str(found.value)
    assert "\n" not in str(found.value)


def test_a_drug_named_like_a_room_may_not_take_its_names(body, tmp_path):
    folder = write_drug(tmp_path / "humoral", old="central", new="IgG")
    (folder / "drug.yaml").write_text(YAML.replace("central", "IgG"))
    with pytest.raises(MyoflareError, match="humoral_IgG is a name of the network; expected another name"):
        with_drugs(body, [load_drug(folder)])


def test_doses_that_make_no_sense(body, tmp_path):
    drug = load_drug(write_drug(tmp_path / "one"))
    treated = with_drugs(body, [drug])
    values = treated.model.values()
    with pytest.raises(MyoflareError, match="no route 'oral'"):
        actions(treated, [Given(0.0, "one", 5.0, "oral")], values, 10.0)
    with pytest.raises(MyoflareError, match="dose of two: the drug is not in the network"):
        actions(treated, [Given(0.0, "two", 5.0)], values, 10.0)
    for dose, sentence in (
        (Given(0.0, "one", -5.0), "dose of one on day 0: an amount of -5; expected a finite amount of at least 0"),
        (Given(math.nan, "one", 5.0), "dose of one on day nan: no day; expected a finite day"),
        (Given(1.0, "one", 5.0, "iv", -1.0), "dose of one on day 1: over_days -1; expected a length of at least 0"),
    ):
        with pytest.raises(MyoflareError, match=sentence):
            actions(treated, [dose], values, 10.0)
    with pytest.raises(MyoflareError, match="no shipped drug has this name.*did you mean 'prednisone'"):
        load_drug("prednison")
    with pytest.raises(MyoflareError, match="there is no such file"):
        load_drug(tmp_path / "nobody")
