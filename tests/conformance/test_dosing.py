"""Fifteen ways to give a drug, and what NONMEM says becomes of it (the scenarios of mrgsolve/nmtests).

One compartment with first-order absorption, so that every digit can be asked for. NONMEM prints five.
"""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.model.records import Reset
from myoflare.simulate import advance
from myoflare.simulate.batch import solve
from myoflare.therapy import Dose, expand, run_in, stop

HERE = Path(__file__).resolve()
FOLDER = HERE.parents[3] / "shared" / "conformance" / "dosing"
SCENARIOS = (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29)
STATES = {1: "gut", 2: "central"}
SLOWEST, LITRES = 1.1 / 20, 20
BEFORE = run_in(SLOWEST, 1e-9)
AS_PRINTED = 5.01e-5  # half a unit of the fifth digit, the last that NONMEM prints, of a number that begins with 1

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"NONMEM's answers are not here ({FOLDER})")


def rows(name):
    """Rows of one file by scenario, each a number by column; a dot is no number and left out."""
    found = defaultdict(list)
    with (FOLDER / name).open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            numbers = {key: float(value) for key, value in row.items() if value != "."}
            found[int(numbers.pop("ID"))].append(numbers)
    return found


def dose(row):
    """What one record of NONMEM asks for. Lag and bioavailability are those of the central compartment."""
    central = row["cmt"] == 2
    length, rate = (row["DUR2"], 0.0) if row["rate"] == -2 else (0.0, row["RAT2"] if row["rate"] == -1 else row["rate"])
    return Dose(
        row["time"], STATES[row["cmt"]], row["amt"], length, rate, row["ii"], int(row["addl"]), bool(row["ss"]),
        row["LAGT"] if central else 0.0, row["BIOAV"] if central else 1.0,
    )  # fmt: skip


def courses(events):
    """(first hour, actions) of each course of one scenario: a reset with a steady dose (EVID 4) begins another."""
    found = []
    for row in events:
        if row["evid"] == 3:
            hour = row["time"]
            start, actions = found[-1]
            found[-1] = (start, [*stop(actions, hour), *(Reset(hour, state, 0.0) for state in STATES.values())])
        elif row["evid"] == 4 or not found:
            found.append((row["time"], expand([dose(row)], BEFORE)))
        else:
            found[-1][1].extend(expand([dose(row)], BEFORE))
    return found


def answer(program, hours, events, play):
    """Concentration at each of ``hours``, from one course after the other."""
    found, begun = np.full(len(hours), np.nan), courses(events)
    for start, actions in begun:
        mine = hours >= start
        first = min([start, *(a.day for a in actions)])
        asked, back = np.unique(np.concatenate([[first], hours[mine]]), return_inverse=True)
        states = play(program, program.values, program.guess, asked, actions)
        found[mine] = states[back[1:], program.states.index("central")] / LITRES * 1000
    return found


def one(program, p, y, times, actions):
    solution = advance(program, p, y, times, actions, rtol=1e-9)
    assert solution.status.ok
    return solution.states


def engine(solver):
    def play(program, p, y, times, actions):
        batch = solve(program, p[None], y[None], times, [actions], solver=solver, rtol=1e-8, atol=1e-8)
        assert batch.status[0] == 0
        return batch.values[0]

    return play


PLAYERS = {"advance": one, "tsit5": engine("tsit5"), "rodas5p": engine("rodas5p")}


@pytest.fixture(scope="module")
def program():
    return compile_model(load_model(HERE.parents[1] / "models" / "one_compartment" / "model.ant"))


@pytest.fixture(scope="module")
def suite():
    return rows("events.csv"), rows("nonmem.csv")


def test_no_scenario_is_left_out(suite):
    assert tuple(suite[0]) == tuple(suite[1]) == SCENARIOS


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_as_nonmem_says(scenario, player, program, suite):
    events, told = suite[0][scenario], suite[1][scenario]
    hours, expected = (np.array([row[key] for row in told]) for key in ("TIME", "CP"))
    found = answer(program, hours, events, PLAYERS[player])
    np.testing.assert_allclose(found, expected, rtol=AS_PRINTED, atol=1e-3)


def test_another_bioavailability_would_be_noticed(program, suite):
    events, told = suite[0][9], suite[1][9]
    hours, expected = (np.array([row[key] for row in told]) for key in ("TIME", "CP"))
    found = answer(program, hours, [row | {"BIOAV": row["BIOAV"] * 1.001} for row in events], one)
    assert not np.allclose(found, expected, rtol=AS_PRINTED, atol=1e-3)
