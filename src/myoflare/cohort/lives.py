"""Lives from birth to 90: when each person would first be classified as having myositis, if ever.

Every pair of a person and an antigen is a course of the shipped network. ``screen`` leaves the hosts that can be
moved at all and the infections that can move them; those are lived in spans of a year to a decade, with sex, age and
exposures as they are then. Quiet years cost next to nothing, because the implicit solver strides through them. What
slow states such as memory keep from one event to the next is never set by hand: the network carries it.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.clinic.thresholds import days_of, thresholds
from myoflare.clinic.verdict import diagnose, diagnosed_day
from myoflare.cohort.exposome import LAST_AGE
from myoflare.cohort.hosts import SPAN_KINDS, Hosts, schedule, shipped_network
from myoflare.cohort.screen import PARTS, RTOL, SETTLE, screen
from myoflare.simulate.batch import solve

AGES = (0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)  # numbers of age change there
AFTER = 2 * DAYS_PER_YEAR  # after an infection that matters, every infection is played
LOOK = 42.0  # days between two looks; an illness of six weeks cannot hide between them
CLOSE = 7.0  # days between two looks where something was seen
OWN_CELLS = (
    "immunity_naive_CD4", "immunity_naive_CD8", "immunity_CD4", "immunity_CD8", "immunity_memory_CD4",
    "immunity_memory_CD8", "humoral_naive_B", "humoral_GC", "humoral_memory_B", "humoral_plasmablast",
    "humoral_plasma_cell", "humoral_autoantibody",
)  # fmt: skip
NAMED_AFTER = 182.0  # days after the diagnosis that a clinic takes to name it


@dataclass(frozen=True)
class Onsets:
    """Hosts that fell ill: person and antigen (rows as in ``Hosts``), day of onset since birth, name of the verdict.

    ``failed`` counts hosts whose course the solver could not finish, ``lived`` those that were integrated.
    """

    who: np.ndarray
    what: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    antibody: np.ndarray
    failed: int
    lived: int


def live(people, exposome, shortcuts=True):
    """The ``Onsets`` of people over their lives. Without ``shortcuts`` every infection of every host is integrated."""
    n, k = people.clones.shape
    everyone = Hosts(people, exposome, np.repeat(np.arange(n), k), np.tile(np.arange(k), n))
    found, failed, lived = [], 0, 0
    states = {}
    over = np.zeros(len(everyone), bool)
    for part, (first, last, _) in enumerate(PARTS):
        rows, keeps = _to_live(everyone, part, over, shortcuts)
        lived += len(rows)
        spans = [a for a in AGES if first <= a <= last]
        ill, bad = _part(everyone.take(rows), rows, keeps, spans, states, found)
        failed += bad
        over[ill] = True
    return _gathered(everyone, found, failed, lived)


def _to_live(hosts, part, over, shortcuts):
    """Rows of the hosts to live, and for each the mask over its person's infections that are played (None: all)."""
    if not shortcuts:
        rows = np.flatnonzero(~over & (hosts.people.clones[hosts.who, hosts.what] > 0))
        return rows, [None] * len(rows)
    left = np.flatnonzero(~over)
    screened = screen(hosts.take(left), part)
    rows = left[screened.rows]
    keeps = [
        _played(hosts, h, *limits)
        for h, *limits in zip(rows, screened.harmless, screened.harmless_strange, strict=True)
    ]
    return rows, keeps


def _played(hosts, h, harmless, strange):
    """Mask over the infections of a person: those that can move this host, those while a drug or tumour lasts, and
    whatever comes in the years after."""
    own = hosts.exposome.of(hosts.who[h])
    day, size = hosts.exposome.day[own], hosts.exposome.size[own]
    known = hosts.people.mimicry[hosts.who[h], hosts.what[h]][hosts.exposome.agent[own]] > 0
    moving = (size > np.where(known, harmless, strange)) | _in_spans(hosts.exposome, hosts.who[h], day)
    if moving.all() or not moving.any():
        return moving
    days = day[moving]
    last = days[np.maximum(np.searchsorted(days, day, side="right") - 1, 0)]
    return moving | ((last <= day) & (day - last < AFTER))


def _in_spans(exposome, person, day):
    """Whether these days lie in a span of the person that the network feels, (days,) bool."""
    spans = [(exposome.starts[name][person], exposome.ends[name][person]) for name in SPAN_KINDS]
    return np.any([(day >= start) & (day < end) for start, end in spans], axis=0)


def _part(hosts, rows, keeps, ages, states, found):
    """Live one part of life from one of ``ages`` to the next; rows that fell ill, and how many failed."""
    network = shipped_network()
    alive, ill, failed = np.arange(len(hosts)), [], 0
    y = np.array([states.get(r, network.rest) for r in rows]).reshape(len(rows), len(network.rest))
    fresh = np.array([r not in states for r in rows], bool)
    for age, until in pairwise(ages):
        if not len(alive):
            break
        at = hosts.take(alive)
        params, first, last = at.params((age + until) / 2), age * DAYS_PER_YEAR, until * DAYS_PER_YEAR
        y[alive] = _settled(network, at.params(age), y[alive], fresh[alive]) if age else _newborn(network, params)
        fresh[alive] = False
        plans = [schedule(at, i, first, last, keeps[h]) for i, h in enumerate(alive)]
        course = _advance(network, params, y[alive], plans, np.append(np.arange(0.0, last - first, LOOK), last - first))
        seen = _ever_ill(course)
        onsets = _closely(at, seen, keeps, alive, params, y[alive], first, last, network)
        y[alive], good = course.final, course.status == 0
        failed += int((~good).sum())
        for i, onset in onsets.items():
            found.append((rows[alive[i]], *onset))
            ill.append(rows[alive[i]])
        stay = good.copy()
        stay[list(onsets)] = False
        alive = alive[stay]
    for h in alive:
        states[rows[h]] = y[h]
    return ill, failed


def _newborn(network, params):
    """A body at birth: that of an average host at rest, with self-reactive cells in proportion to the host's clones."""
    y = np.repeat(network.rest[None], len(params), axis=0)
    clones = network.param["immunity_autoreactive_clones"]
    y[:, [network.state[name] for name in OWN_CELLS]] *= (params[:, clones] / network.defaults[clones])[:, None]
    return y


def _settled(network, params, y, fresh):
    """Hosts that were not followed before, because the screen called them calm at this age, come to rest."""
    if fresh.any():
        found = solve(
            network.program, params[fresh], y[fresh], np.array([0.0, SETTLE]), None, solver="rodas5p", rtol=RTOL
        )
        y = y.copy()
        y[fresh] = np.where(found.status[:, None] == 0, found.final, y[fresh])
    return y


def _advance(network, params, y, plans, times):
    return solve(network.program, params, y, times, plans, solver="rodas5p", rtol=RTOL, outputs="observables")


def _ever_ill(course):
    """Hosts with a sign of illness at any look, rows."""
    seen = {name: xr.DataArray(course.values[:, :, i]) for i, name in enumerate(course.outputs)}
    return np.flatnonzero(days_of(thresholds().illness, seen).any(axis=1))


def _closely(hosts, seen, keeps, alive, params, y, first, last, network):
    """Onset of those that were seen ill: row -> (day of life, kind, antibody), by the clinic's own rules."""
    if not len(seen):
        return {}
    beyond = last + 400.0
    plans = [schedule(hosts, i, first, beyond, keeps[alive[i]]) for i in seen]
    times = np.arange(0.0, beyond - first, CLOSE)
    course = _advance(network, params[seen], y[seen], plans, times)
    onsets = {}
    for i, values in zip(seen, course.values, strict=True):
        data = {name: ("time", column) for name, column in zip(course.outputs, values.T, strict=True)}
        whole = xr.Dataset(data, coords={"time": times})
        day = diagnosed_day(whole)
        if day is not None:
            verdict = diagnose(whole.sel(time=slice(0.0, day + NAMED_AFTER)))
            if verdict.onset_day <= last - first:
                antibody = float(whole["autoantibody"].sel(time=day, method="nearest"))
                onsets[int(i)] = (first + verdict.onset_day, verdict.key, antibody)
    return onsets


def course_of(people, exposome, person, antigen, until_years=LAST_AGE, every_days=14.0):
    """One host's whole life with every infection and season: days since birth (T,), and names -> values (T,) of states
    and read-outs."""
    network = shipped_network()
    hosts = Hosts(people, exposome, np.array([person]), np.array([antigen]))
    y = _newborn(network, hosts.params(AGES[1] / 2))
    days, columns = [], []
    for age, until in pairwise([*(a for a in AGES if a < until_years), until_years]):
        first, last = age * DAYS_PER_YEAR, until * DAYS_PER_YEAR
        times = np.append(np.arange(0.0, last - first, every_days), last - first)
        params, plan = hosts.params((age + until) / 2), [schedule(hosts, 0, first, last)]
        seen = _advance(network, params, y, plan, times)
        states = solve(network.program, params, y, times, plan, solver="rodas5p", rtol=RTOL)
        days.append(first + times[:-1])
        columns.append(np.concatenate([seen.values[0], states.values[0]], axis=1)[:-1])
        y = states.final
    names = (*seen.outputs, *network.program.states)
    return np.concatenate(days), dict(zip(names, np.concatenate(columns).T, strict=True))


def _gathered(hosts, found, failed, lived):
    found = sorted(found)
    rows = np.array([f[0] for f in found], int)
    day, antibody = (np.array([f[i] for f in found], float) for i in (1, 3))
    kind = np.array([f[2] for f in found], "U24")
    return Onsets(hosts.who[rows], hosts.what[rows], day, kind, antibody, failed, lived)
