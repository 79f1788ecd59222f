"""Sections in the place of the network's muscle: the body lives a day, the sections live it, and each tells the other.

    body = Body(life.model, life.values, life.inputs, life.start)
    both = grow_coupled(body, [make_fascicle(s) for s in range(8)], days=240, seed=7, follow=60)

What muscle gives the body comes from the sections: fibres in each state, cells, signals and, as the one thing that
kills tolerance, the grams of fibre that died. What the sections do not have (antibody in muscle, fluid, IL-6, creatine
kinase on its way) stays with the network. Steps of a day, body first: the body reads the muscle of the evening before,
the sections read the body of that morning and evening.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.compile import compile_model
from myoflare.model import Change, Model, Parameter
from myoflare.model.read import settle
from myoflare.model.records import Reset
from myoflare.simulate import advance
from myoflare.tissue.agents import KINDS
from myoflare.tissue.drive import HOOKS, SERIES, Drive
from myoflare.tissue.fields import FIELDS
from myoflare.tissue.freeze import freeze, record
from myoflare.tissue.grow import HISTORY, advance_day, begin
from myoflare.tissue.section import Section
from myoflare.tissue.states import FIBRE_STATES
from myoflare.tissue.tables import rules_table

CELLS = ("CD8", "CD4", "Treg", "TRM", "M1", "M2", "neutrophil")
DEATH, GIVEN = "muscle_fibre_death", "muscle_given_death"
RTOL = 1e-7


@dataclass(frozen=True)
class Body:
    """A person about to live: the network, its values by id, what happens on which day, and the state to begin with
    (state,), in the order of ``model.species``."""

    model: Model
    values: dict
    schedule: tuple
    start: np.ndarray
    patient: str = ""


@dataclass(frozen=True)
class Coupled:
    """``sections`` on the last day; ``day`` (day,) and ``body`` name -> (day,) of every state and rule of the network;
    ``error`` name -> largest share by which an exchanged quantity differs on the two sides, over the whole course."""

    sections: tuple[Section, ...]
    day: np.ndarray
    body: dict
    error: dict


def without_muscle(model: Model) -> Model:
    """The network with the states that sections give held still and the death of fibres given from outside."""
    held = set(held_states())
    missing = (held | {DEATH}) - {s.id for s in model.species} - {r.id for r in model.rules}
    if missing:
        raise TissueError("network", f"no {min(missing)}", "the network that ships with the package")
    reactions = [
        replace(r, stoichiometry={s: n for s, n in r.stoichiometry.items() if s not in held}) for r in model.reactions
    ]
    rules = [replace(r, formula=GIVEN) if r.id == DEATH else r for r in model.rules]
    given = Parameter(GIVEN, 0.0, "g/day", "fibre that died in the sections", "the sections")
    return settle(
        replace(
            model,
            reactions=tuple(r for r in reactions if r.stoichiometry),
            rules=(*rules,),
            parameters=(*model.parameters, given),
        )
    )


def held_states():
    """States of the network that sections give."""
    fibres = [f"muscle_{s}" for s in FIBRE_STATES]
    cells = [f"muscle_{kind}" for kind in CELLS]
    signals = [f"muscle_{name}" for name in FIELDS]
    return [*fibres, *cells, *signals, "muscle_SC", "muscle_SC_quiescent", "muscle_ISG", "muscle_EC", "muscle_EC_lost"]


def grow_coupled(
    body: Body, fascicles: Sequence, days, seed=0, progress: Callable[[float], None] | None = None, *, follow=0,
    numbers=None,
) -> Coupled:  # fmt: skip
    """Let a body and its sections live together from day ``follow`` to day ``days``.

    Each fascicle is one replica with its own stream of chance; the body feels their mean. Up to day ``follow`` the
    sections follow the network: where a few fibres in 25 kg die in a day, a few hundred fibres cannot stand for them.
    Raises TissueError.
    """
    days, follow = round(days), round(follow)
    if not fascicles:
        raise TissueError("fascicles", "none", "at least one replica; 8 to 64 keep chance small")
    if not 0 <= follow < days:
        raise TissueError("follow", f"{follow}", f"a day from 0 to the last, {days}")
    rules = dict(rules_table()) | dict(numbers or {})
    y, curves = _followed(body, follow)
    program = compile_model(without_muscle(body.model))
    values = body.values | {GIVEN: 0.0}
    first = _drive(body, program, values, 0.0, body.start, body.start) if curves is None else curves
    replicas = [begin(f, first, seed + k, max(0, follow - HISTORY), 1, rules) for k, f in enumerate(fascicles)]
    for live in replicas:
        while live.day < follow:
            advance_day(live)
            record(live)
    ledger = _Ledger(replicas)
    rows = [_columns(program, values, body.schedule, follow, y)]
    for today in range(follow, days):
        y, drive = _body_lives(body, program, values, today, y, _muscle(replicas, values, y, program))
        for live in replicas:
            live.drive = drive
            advance_day(live)
            record(live)
        rows.append(_columns(program, values, body.schedule, today + 1.0, y))
        ledger.enter(drive, replicas)
        if progress:
            progress((today + 1 - follow) / (days - follow))
    sections = tuple(freeze(live, seed + k) for k, live in enumerate(replicas))
    body_course = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Coupled(sections, np.arange(follow, days + 1.0), body_course, ledger.errors())


def _followed(body, follow):
    """The network's state on day ``follow``, and what it gives until then (None on day 0)."""
    if not follow:
        return np.array(body.start, float), None
    program, days = compile_model(body.model), np.arange(follow + 1.0)
    solution = _lived(body, program, body.values, body.start, days, body.schedule)
    rows = [_columns(program, body.values, body.schedule, d, y) for d, y in zip(days, solution.states, strict=True)]
    fixed = _now(body.values, body.schedule, 0.0)
    series = {n: np.maximum([row.get(n, fixed.get(n, 0.0)) for row in rows], 0.0) for n in (*SERIES, *HOOKS)}
    return solution.states[-1], Drive(body.patient, days, MappingProxyType(series), MappingProxyType(fixed))


def _body_lives(body, program, values, today, y, muscle):
    """The body a day later, and the drive of that day; ``muscle`` is what the sections hold this morning."""
    resets = [Reset(float(today), name, amount) for name, amount in muscle.items() if name != GIVEN]
    values[GIVEN] = muscle[GIVEN]
    schedule = sorted((*_today(body.schedule, today), *resets), key=lambda a: a.day)
    now = _now(values, body.schedule, today)
    evening = _lived(body, program, now, y, np.array([today, today + 1.0]), schedule).states[-1]
    return evening, _drive(body, program, values, float(today), y, evening)


def _lived(body, program, values, y, times, schedule):
    p = program.vector({k: v for k, v in values.items() if k in program.params})
    solution = advance(program, p, y, times, tuple(schedule), rtol=RTOL)
    if not solution.status.ok:
        raise TissueError(f"{body.patient}, day {solution.reached:g}", str(solution.status), "a course to the last day")
    return solution


def _today(schedule, today):
    return [action for action in schedule if today <= action.day < today + 1]


def _now(values, schedule, today):
    """The parameters as changes before today have left them."""
    return values | {a.parameter: a.value for a in schedule if isinstance(a, Change) and a.day < today}


def _muscle(replicas, values, y, program):
    """State -> amount of the whole muscle, the mean over replicas, and the grams that died yesterday."""
    mean = lambda what: float(np.mean([what(live) for live in replicas]))  # noqa: E731
    mass = values["muscle_muscle_mass"]
    out = {f"muscle_{s}": mass * mean(lambda live, k=k: live.share(k)) for k, s in enumerate(FIBRE_STATES)}
    for kind in CELLS:
        out[f"muscle_{kind}"] = mean(lambda live, kind=kind: live.rows[-1][kind] * live.ground.scale)
    for name in FIELDS:
        out[f"muscle_{name}"] = mean(lambda live, name=name: live.rows[-1][f"{name}_pM"]) * values["muscle_V_fluid"]
    out["muscle_SC"] = mean(lambda live: (live.rows[-1]["SC"] + live.rows[-1]["myoblast"]) * live.ground.scale)
    out["muscle_SC_quiescent"] = mean(lambda live: live.rows[-1]["SC_resting"] * live.ground.scale)
    out["muscle_ISG"] = mean(lambda live: np.average(live.ISG, weights=live.ground.mass))
    total, active = values["muscle_EC_total"], y[program.states.index("muscle_EC_active")]
    lost = total * mean(lambda live: live.lost[live.fascicle.capillaries.unit].mean())
    out["muscle_EC_lost"], out["muscle_EC"] = lost, max(total - lost - active, 0.0)
    out[GIVEN] = mean(lambda live: live.rows[-1]["dead_g"] * live.ground.scale)
    return out


def _columns(program, values, schedule, day, y):
    p = program.vector(_now(values, schedule, day))
    derived = dict(zip(program.rules, program.derive(day, y, p), strict=True))
    return dict(zip(program.states, y, strict=True)) | derived


def _drive(body, program, values, day, before, after):
    """What the body gives between two states a day apart."""
    rows = [_columns(program, values, body.schedule, d, y) for d, y in ((day, before), (day + 1, after))]
    fixed = _now(values, body.schedule, day)
    series = {n: np.maximum([row.get(n, fixed.get(n, 0.0)) for row in rows], 0.0) for n in (*SERIES, *HOOKS)}
    return Drive(body.patient, np.array([day, day + 1.0]), MappingProxyType(series), MappingProxyType(fixed))


class _Ledger:
    """Cells that the body sent beside cells that came in, and what became of cells and of fibre mass."""

    def __init__(self, replicas):
        self.sent = dict.fromkeys(("CD8", "CD4"), 0.0)
        self.came = dict.fromkeys(("CD8", "CD4"), 0.0)
        self.began = {k: sum(live.share(s) for s in range(len(FIBRE_STATES))) for k, live in enumerate(replicas)}
        self.replicas = replicas

    def enter(self, drive, replicas):
        hours = drive.day[0] + np.arange(24) / 24
        for kind in self.sent:
            given = [drive.at(h) for h in hours]
            rate = [g["homing"] * drive["muscle_site_k_home"] * g["muscle_gate"] * g[f"immunity_{kind}"] for g in given]
            self.sent[kind] += float(np.mean(rate))
            self.came[kind] += float(
                np.mean([live.rows[-1][f"{kind}_entered"] * live.ground.scale for live in replicas])
            )

    def errors(self):
        out = {f"{kind} entered": abs(self.came[kind] / max(self.sent[kind], 1e-300) - 1) for kind in self.sent}
        now = {k: sum(live.share(s) for s in range(len(FIBRE_STATES))) for k, live in enumerate(self.replicas)}
        out["fibre mass"] = max(abs(now[k] / self.began[k] - 1) for k in now)
        for live in self.replicas:
            kinds = sum(live.rows[-1][kind] for kind in KINDS) + live.rows[-1]["dying"]
            gone = sum(row[w] for row in live.rows for w in ("left", "gone", "fused", "rested"))
            came = sum(row[w] for row in live.rows for w in ("entered", "born", "woke"))
            out["cells"] = max(out.get("cells", 0.0), abs(came - gone - kinds))
        return out
