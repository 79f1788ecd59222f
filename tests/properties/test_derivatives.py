"""For any small network: the Jacobian and the products with it agree with differences."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from myoflare.compile.derivative_text import derivative_text
from myoflare.compile.emit import program_text
from myoflare.compile.equations import build
from myoflare.model import Model, Parameter, Reaction, Rule, Species

STATES, PARAMS, STEP = ("A", "B", "C"), ("k", "K", "n", "s"), 1e-5
sizes = st.floats(0.2, 3.0)


@st.composite
def terms(draw):
    """A factor of a rate: a parameter, a state, a Hill function of a state, or a rule."""
    state = draw(st.sampled_from(STATES))
    shape = draw(st.sampled_from(["{p}", "{x}", "{x}^{n}/({K}^{n} + {x}^{n})", "{K}/({K} + {x})", "rule1", "rule2"]))
    names = {name: draw(st.sampled_from(PARAMS)) for name in ("p", "K", "n")}
    return shape.format(x=state, **names)


rates = st.lists(terms(), min_size=1, max_size=3).map("*".join)
flows = st.dictionaries(st.sampled_from(STATES), st.sampled_from([-2.0, -1.0, 1.0, 1.5]), min_size=1)


@st.composite
def networks(draw):
    rules = (Rule("rule1", "", f"A + {draw(sizes)}*B"), Rule("rule2", "", "rule1*k/(C + K)"))
    reactions = [
        Reaction(f"r{i}", "", law, stoichiometry)
        for i, (law, stoichiometry) in enumerate(draw(st.lists(st.tuples(rates, flows), min_size=1, max_size=4)))
    ]
    species = tuple(Species(s, s, "", 1.0) for s in STATES)
    return Model("t", species, tuple(Parameter(p, 1.0, "") for p in PARAMS), (), rules, tuple(reactions))


def functions(model):
    """Right-hand side and Jacobian of (y, p), and its product with weights from the left, all as plain Python."""
    eqs = build(model)
    plain: dict = {}
    exec(program_text(eqs, "python"), plain)  # noqa: S102
    back = {}
    for target in ("rhs", "constants"):
        text = derivative_text(eqs, "reverse", target, "scalar")
        back[target] = {}
        text = re.sub(r"^(_jit\w*) = njit.*", r"\1 = lambda f: f", text, flags=re.MULTILINE)
        exec(re.sub(r"\bat\((\w+)\)", r"\1", text), back[target])  # noqa: S102

    def constants(p):
        return plain["constants"](0.0, np.empty(0), p, np.empty(0))

    def product(y, p, weights):
        c, out = constants(p), np.zeros(len(y) + len(p) + len(eqs.hoisted))
        for target in ("rhs", "constants"):
            a = weights if target == "rhs" else out[len(y) + len(p) :].copy()
            back[target]["kernel"](np.zeros(1), y, p, c, a, np.empty(back[target]["N_SCRATCH"]), out)
        return out[: len(y)], out[len(y) : len(y) + len(p)]

    def jacobian(y, p):
        return plain["jacobian"](0.0, y, p, constants(p))

    return lambda y, p: plain["rhs"](0.0, y, p, constants(p)), jacobian, product


def slopes_of(function, x):
    """Central differences of fourth order, one column for each entry of ``x``."""
    columns = []
    for i in range(len(x)):
        near = []
        for k in (1, -1, 2, -2):
            moved = x.copy()
            moved[i] += k * STEP * 10
            near.append(function(moved))
        columns.append((8 * (near[0] - near[1]) - (near[2] - near[3])) / (12 * STEP * 10))
    return np.stack(columns, axis=-1)


@settings(max_examples=60, deadline=None)
@given(networks(), st.lists(sizes, min_size=3, max_size=3), st.lists(sizes, min_size=4, max_size=4),
       st.lists(st.floats(-2, 2), min_size=3, max_size=3))  # fmt: skip
def test_jacobian_and_products_agree_with_differences(model, y, p, weights):
    y, p, weights = np.array(y), np.array(p), np.array(weights)
    rhs, jacobian, product = functions(model)
    by_y, by_p = slopes_of(lambda y: rhs(y, p), y), slopes_of(lambda p: rhs(y, p), p)
    size = 1.0 + np.abs(by_y).max(initial=0) + np.abs(by_p).max(initial=0) + np.abs(rhs(y, p)).max()
    assert np.abs(jacobian(y, p) - by_y).max() < 1e-7 * size
    found_y, found_p = product(y, p, weights)
    assert np.abs(found_y - weights @ by_y).max() < 1e-7 * size * 6
    assert np.abs(found_p - weights @ by_p).max() < 1e-7 * size * 6
