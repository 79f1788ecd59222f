"""The whole engine on networks of any structure, run by Python itself so that no structure has to be compiled.

The text is the one that is compiled otherwise: generated formulas, elimination, steps, driver; one patient a step.
"""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from myoflare.base.status import Status
from myoflare.compile import compile_model, kernels
from myoflare.compile.equations import build
from myoflare.compile.functions import HELPERS, NATIVE
from myoflare.compile.lanes_text import HEAD, lanes_text
from myoflare.model import Model, Parameter, Reaction, Rule, Species
from myoflare.model.records import Bolus, Change, Event, Infusion, Reset
from myoflare.simulate import advance
from myoflare.simulate.lanes import engine
from myoflare.simulate.schedule import pack

TIMES = np.array([0.0, 0.5, 1.25, 2.0])
STATES = ("P", "Q", "R", "S", "T")
RATES = ("k0", "k1", "k2")
STATE, RATE = st.sampled_from(STATES), st.sampled_from(RATES)


def store(array, i, value):
    array[i] = value


def jit(*arguments, **options):
    """In the place of numba's: leaves functions as they are."""
    return arguments[0] if arguments and callable(arguments[0]) else lambda function: function


def by_python(program, method):
    """The engine's module for a network, as plain Python."""
    head = HEAD.format(width="scalar")
    body = lanes_text(build(program.model), "scalar", program.events).removeprefix(head)
    text = "\n".join([body, *(engine._text(name) for name in engine._TEXTS[method])]).replace(
        "from numba import njit", ""
    )
    space = {"np": np, "math": math, "inf": math.inf, "nan": math.nan, "njit": jit, "WIDTH": 1}
    space |= dict.fromkeys(re.findall(r"@(_jit\w*)", text), jit) | {"zeros": np.zeros, "empty": np.empty, "st": store}
    space |= {"ld": lambda array, i: array[i], "at": lambda array: array, "wide": np.float64, "any_": bool}
    space |= {name: getattr(kernels, name).py_func for name in HELPERS}
    space |= {name: getattr(np, name.replace("asin", "arcsin").replace("acos", "arccos").replace("atan", "arctan"))
              for name in (*NATIVE, "sqrt") if hasattr(np, name) or name.startswith("a")}  # fmt: skip
    exec(text, space)  # noqa: S102
    return SimpleNamespace(**space)


def play(module, program, y0, schedule, rtol):
    """(values, status, steps) of one patient."""
    n = len(program.states)
    atol = np.full((1, n), 1e-3 * rtol)
    job = engine.Job(program.values[None], y0[None], atol, rtol, TIMES, pack(program, [schedule]), column=-1)
    result = engine.Result.empty(1, len(TIMES), n, n)
    with np.errstate(all="ignore"):
        engine.run(module, job, result, np.arange(1))
    return result.values[0], Status.of(int(result.status[0])), int(result.steps[0])


LAWS = st.one_of(
    st.tuples(RATE, STATE, STATE).map(
        lambda x: (f"{x[0]}*{x[1]}", {x[1]: -1.0} | ({x[2]: 1.0} if x[2] != x[1] else {}))
    ),
    st.tuples(RATE, STATE, STATE, STATE).map(lambda x: (f"{x[0]}*{x[1]}*{x[2]}/(1 + {x[2]})", {x[1]: -1.0, x[3]: 1.0})),
    st.tuples(RATE, STATE, STATE).map(lambda x: (f"{x[0]}*{x[1]}^h/(K^h + {x[1]}^h)", {x[2]: 1.0})),
    st.tuples(RATE, STATE).map(lambda x: (f"{x[0]}*(1 + sin(3*time))", {x[1]: 1.0})),
    st.tuples(RATE, STATE).map(lambda x: (f"{x[0]}*total/(1 + total)", {x[1]: 1.0})),
    st.tuples(RATE, STATE).map(lambda x: (f"{x[0]}", {x[1]: 0.5})),
)
DAYS = st.integers(0, 20).map(lambda n: n / 10)
ACTIONS = st.one_of(
    st.builds(Bolus, DAYS, STATE, st.floats(0, 3)),
    st.builds(Reset, DAYS, STATE, st.floats(0, 3)),
    st.builds(Infusion, DAYS, STATE, st.floats(0, 3), st.floats(0.05, 3)),
    st.builds(Change, DAYS, RATE, st.floats(0.1, 3)),
)
EVENTS = st.sampled_from([
    (),
    (Event("wash", "P > 1.5", {"P": "0.5*P"}),),
    (Event("late", "time > 0.77", {"k0": "0.3*k0", "Q": "Q + 1"}),),
    (Event("either", "Q < 0.6 || R > 2.5", {"R": "0.1", "Q": "1.3"}),),
])  # fmt: skip


def network(laws, values, start, events=()):
    """States that decay at least slowly, so that nothing grows without end."""
    numbers = dict(zip((*RATES, "h", "K"), values, strict=True))
    species = tuple(Species(s, s, "", v) for s, v in zip(STATES, start, strict=True))
    reactions = [Reaction(f"r{i}", "", law, change) for i, (law, change) in enumerate(laws)]
    reactions += [Reaction(f"d{s}", "", f"0.2*{s}", {s: -1.0}) for s in STATES[:3]]
    return Model(
        "any", species, tuple(Parameter(k, v, "") for k, v in numbers.items()), (),
        (Rule("total", "total", "P + 2*Q + T"),), tuple(reactions), events=events,
    )  # fmt: skip


# No exponent below 1: with one, what starts at 0 may stay there or leave, and both are solutions.
NUMBERS = st.tuples(*[st.floats(0.2, 3)] * 3, st.sampled_from([1.0, 2.0, 2.5, 1.3]), st.floats(0.3, 3))
STARTS = st.tuples(*[st.floats(0, 3)] * 5)


def agree(laws, values, start, schedule, events, method):
    program = compile_model(network(laws, values, start, events), backend="python")
    y0 = np.array(start)
    exact = advance(program, program.values, y0, TIMES, schedule, rtol=1e-9, atol=1e-12)
    assume(exact.status is Status.OK)
    found, status, _ = play(by_python(program, method), program, y0, schedule, 1e-5)
    assert status is Status.OK
    return np.abs(found - exact.states) <= 1e-3 * (np.abs(exact.states) + 1e-2 * np.abs(exact.states).max() + 1e-3)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(LAWS, min_size=1, max_size=7), NUMBERS, STARTS, st.lists(ACTIONS, max_size=6),
    st.sampled_from(["tsit5", "rodas5p"]),
)  # fmt: skip
def test_any_network_with_any_schedule_agrees_with_the_reference(laws, values, start, schedule, method):
    assert agree(laws, values, start, schedule, (), method).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(LAWS, min_size=1, max_size=5), NUMBERS, STARTS, EVENTS, st.sampled_from(["tsit5", "rodas5p"]))
def test_events_of_any_network_agree_with_the_reference(laws, values, start, events, method):
    """Where a trigger is met within the tolerance only, one may miss it; such cases are few and far off chance."""
    assert agree(laws, values, start, (), events, method).mean() > 0.9


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(
    st.lists(LAWS, min_size=1, max_size=9), NUMBERS, STARTS, st.lists(ACTIONS, max_size=10), EVENTS,
    st.sampled_from(["tsit5", "rodas5p"]),
)  # fmt: skip
def test_a_long_sweep_of_networks(laws, values, start, schedule, events, method):
    assert agree(laws, values, start, schedule, events, method).mean() > 0.9


def test_driving_states_are_part_of_the_sweep():
    """A chain that nothing acts back on is solved exactly, and what it drives agrees."""
    laws = [("k0*R", {"R": -1.0, "Q": 1.0}), ("k1*P*Q/(1 + Q)", {"P": -1.0, "S": 1.0})]
    program = compile_model(network(laws, (1.5, 0.8, 1.0, 2.0, 1.0), (2.0, 0.0, 3.0, 0.0, 1.0)), backend="python")
    for method in ("tsit5", "rodas5p"):
        module = by_python(program, method)
        assert [STATES[i] for i in module.DRIVE] == ["Q", "R"]
        y0 = program.guess
        exact = advance(program, program.values, y0, TIMES, rtol=1e-11)
        found, status, _ = play(module, program, y0, [], 1e-6)
        assert status is Status.OK
        assert found[:, module.DRIVE] == pytest.approx(exact.states[:, module.DRIVE], rel=1e-9)
        assert found == pytest.approx(exact.states, rel=1e-5, abs=1e-8)


def test_the_sweep_notices_a_wrong_network():
    """The twin that must fail: a rate that is one in a hundred off."""
    laws, start = [("k0*P*Q", {"P": -1.0})], (1.0, 2.0, 1.0, 1.0, 1.0)
    values = (1.0, 1.0, 1.0, 2.0, 1.0)
    program = compile_model(network(laws, values, start), backend="python")
    other = compile_model(network([("1.01*k0*P*Q", {"P": -1.0})], values, start), backend="python")
    found, _, _ = play(by_python(other, "tsit5"), other, other.guess, [], 1e-5)
    exact = advance(program, program.values, program.guess, TIMES).states
    assert np.abs(found - exact).max() > 1e-3
