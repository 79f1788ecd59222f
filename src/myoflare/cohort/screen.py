"""Who cannot fall ill: hosts that come through twice their worst year, and infections too small to matter to the rest.

Nothing here is learned or fitted. The worst year is lived by the network itself, with the host's own numbers: the
largest of the infections of that part of life, doubled, by the agent that the host's clones know best, in the
strongest sun, with every drug and tumour that this part of life holds. Better presentation, a larger infection, more
cross-reactivity and more sun push the network towards illness; the doubling stands for what earlier infections leave
in memory. `tests/unit/cohort/test_lives.py` lives such lives in full to see whether that is enough.
"""

from dataclasses import dataclass

import numpy as np

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.epitopes import repertoire_tables
from myoflare.cohort.exposome import LAST_AGE
from myoflare.cohort.hosts import PULSES, agent_effects, pulse_days, shipped_network, span_inputs, sunshine_of
from myoflare.model.records import Change
from myoflare.simulate.batch import solve

RTOL = 1e-4
SETTLE = 100 * DAYS_PER_YEAR  # before the worst year begins
YEAR = 500.0  # days that the worst year lasts
DOUBLED = 2.0  # times the largest infection, for what earlier ones leave behind
STIRRED = 3.0  # times the effector T cells before: they are not coming back to rest
ILL_AT_REST = 3.0  # times the effector T cells of an average body: ill without any cause
WATCHED = ("immunity_CD4", "immunity_CD8", "humoral_GC")
RUNGS = (1.0, 0.5, 0.25, 0.125, 0.06)  # of the largest infection
PARTS = ((0.0, 40.0, 40.0), (40.0, LAST_AGE, 85.0))  # from age, to age, age whose numbers are taken


@dataclass(frozen=True)
class Worst:
    """The worst of one part of life for each host, all (H,): infections, mimicry, sun, and the spans as inputs."""

    size: np.ndarray
    mimicry: np.ndarray
    tropism_virus: np.ndarray
    tropism_bacteria: np.ndarray
    bacteria: np.ndarray
    sun: np.ndarray
    spans: dict


def worst_of(hosts, first, last):
    """The ``Worst`` between two ages in years."""
    e = hosts.exposome
    inside = (e.day >= first * DAYS_PER_YEAR) & (e.day < last * DAYS_PER_YEAR)
    effects = agent_effects(hosts.people.agents)
    person = np.repeat(np.arange(len(e)), np.diff(e.offsets))[inside]
    size = np.zeros(len(e))
    np.maximum.at(size, person, e.size[inside])
    met = np.zeros((len(e), len(effects)), bool)
    met[person, e.agent[inside]] = True
    mimicry = np.where(met[hosts.who], hosts.mimicry(), 0.0).max(axis=1)
    virus, bacteria = (
        np.array([s.get(f"muscle_tropism_{kind}", 0.0) for _, s in effects]) for kind in ("virus", "bacteria")
    )
    grown = np.array(["bacteria_inoculation" in p for p, _ in effects])
    spans = {}
    for span, (name, amount) in span_inputs().items():
        there = (e.starts[span] < last * DAYS_PER_YEAR) & (e.ends[span] > first * DAYS_PER_YEAR)
        spans[name] = (there * e.doses[span] * amount)[hosts.who]
    sun = (e.outdoors * sunshine_of(e.latitude).max())[hosts.who]
    on = met[hosts.who]
    return Worst(
        size[hosts.who],
        mimicry,
        (on * virus).max(axis=1),
        (on * bacteria).max(axis=1),
        (on & grown).any(axis=1),
        sun,
        spans,
    )


def calm(hosts, age_years, worst, size, mimicry=None):
    """Whether each host comes through the worst year with infections of ``size`` unmoved, (H,) bool."""
    network = shipped_network()
    program, params = network.program, hosts.params(age_years)
    starts = np.repeat(network.rest[None], len(hosts), axis=0)
    mimicry = worst.mimicry if mimicry is None else mimicry
    schedules = [_year(worst, h, DOUBLED * size[h], mimicry[h], network) for h in range(len(hosts))]
    found = solve(program, params, starts, np.array([-SETTLE, -1.0, YEAR]), schedules, solver="rodas5p", rtol=RTOL)
    at = [network.state[name] for name in WATCHED]
    before, after = found.values[:, 1][:, at], found.values[:, 2][:, at]
    unmoved = (after <= STIRRED * before).all(axis=1)
    effectors = [network.state["immunity_CD4"], network.state["immunity_CD8"]]
    well = (found.values[:, 1][:, effectors] < ILL_AT_REST * network.rest[effectors] * _clones(params, network)).all(
        axis=1
    )
    return unmoved & well & (found.status == 0)


def _clones(params, network):
    return np.maximum(params[:, [network.param["immunity_autoreactive_clones"]]], 1.0)


def _year(worst, h, size, mimicry, network):
    found = [Change(0.0, "uv_dose", worst.sun[h]), Change(0.0, "mimicry", mimicry)]
    for name, dose in worst.spans.items():
        if dose[h] > 0:
            found.append(Change(0.0, name, network.defaults[network.param[name]] + dose[h]))
    if size > 0:
        found += [Change(0.0, "muscle_tropism_virus", worst.tropism_virus[h])]
        found += _pulse(PULSES[0], size)
        if worst.bacteria[h]:
            found += [Change(0.0, "muscle_tropism_bacteria", worst.tropism_bacteria[h])]
            found += _pulse(PULSES[1], size)
    return found


def _pulse(name, size):
    """An infection of this size on day 1, as strong as the strongest agent brings it."""
    most = max(pulses.get(name, 0.0) for pulses, _ in agent_effects(repertoire_tables().agents))
    return [Change(1.0, name, most * size), Change(1.0 + pulse_days(), name, 0.0)]


@dataclass(frozen=True)
class Screened:
    """What is left to live of one part of life: ``rows`` of the hosts, and what of an infection each of them ignores.

    harmless: (R,) infections up to this size leave nothing. harmless_strange: (R,) the same for agents that the clones
    do not know at all. Below zero where even the sun or the body at rest moves the host; drugs and tumours are always
    played.
    """

    rows: np.ndarray
    harmless: np.ndarray
    harmless_strange: np.ndarray


def screen(hosts, part):
    """The ``Screened`` of one of ``PARTS``."""
    first, last, age = PARTS[part]
    worst = worst_of(hosts, first, last)
    possible = (hosts.people.clones[hosts.who, hosts.what] > 0) & (hosts.people.presentation[hosts.who, hosts.what] > 0)
    rows = np.flatnonzero(possible)
    if not len(rows):
        return Screened(rows, np.empty(0), np.empty(0))
    chosen, least = hosts.take(rows), _of(worst, rows)
    moved = ~calm(chosen, age, least, least.size)
    rows = rows[moved]
    chosen, least = hosts.take(rows), _of(worst, rows)
    plain = _of(worst, rows)
    for dose in plain.spans.values():  # a span is always played, so the rungs ask about infections without it
        dose[:] = 0.0
    known = _rungs(chosen, age, plain, RUNGS[1:], plain.mimicry)
    strange = _rungs(chosen, age, plain, RUNGS, np.zeros(len(rows)))
    return Screened(rows, known, np.maximum(known, strange))


def _rungs(hosts, age, worst, rungs, mimicry):
    """The largest size on the ladder that leaves each host unmoved; -1 where none does."""
    size = np.full(len(hosts), -1.0)
    for share in (*rungs, 0.0):
        left = np.flatnonzero(size < 0)
        if len(left):
            part = _of(worst, left)
            found = calm(hosts.take(left), age, part, share * part.size, mimicry[left])
            size[left[found]] = share * part.size[found]
    return size


def _of(worst, rows):
    spans = {name: dose[rows].copy() for name, dose in worst.spans.items()}
    names = ("size", "mimicry", "tropism_virus", "tropism_bacteria", "bacteria", "sun")
    return Worst(*(getattr(worst, name)[rows] for name in names), spans)
