"""People as courses of the network: each pair of a person and an antigen is one host with its numbers and schedule."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.exposome import SEASONS, Exposome, sunshine
from myoflare.cohort.exposures import exposure_kinds
from myoflare.cohort.life import load_shipped
from myoflare.cohort.numbers import network_numbers
from myoflare.cohort.people import People
from myoflare.compile import Program, compile_model
from myoflare.model.records import Change, Reset
from myoflare.simulate import rest

# Each infection is by a strain that the body has not met: what it remembers of microbes is taken away before.
STRAIN_MEMORY = (
    "humoral_IgG_foreign", "humoral_plasma_cell_foreign", "immunity_memory_CD4_foreign", "immunity_memory_CD8_foreign",
)  # fmt: skip
SPAN_KINDS = {"statin": "statin", "tumour": "tumour", "checkpoint": "checkpoint_inhibitor"}
PULSES = ("virus_inoculation", "bacteria_inoculation")


@dataclass(frozen=True)
class Network:
    """The compiled network, its defaults (P,), a body at rest (S,), and where inputs and states stand."""

    program: Program
    defaults: np.ndarray
    rest: np.ndarray
    param: dict
    state: dict


@lru_cache(maxsize=1)
def shipped_network():
    """The shipped network and the rest of an average body; read and compiled once in a process."""
    model = load_shipped()
    program = compile_model(model)
    defaults = program.vector(model.values())
    guess = np.array([s.rest for s in model.species])
    names = ({n: i for i, n in enumerate(names)} for names in (program.params, program.states))
    return Network(program, defaults, rest(program, defaults, guess).state, *names)


@dataclass(frozen=True)
class Hosts:
    """Pairs of a person (row of ``people``) and an antigen (column): ``who`` and ``what``, both (H,)."""

    people: People
    exposome: Exposome
    who: np.ndarray
    what: np.ndarray

    def __len__(self):
        return len(self.who)

    def take(self, rows):
        return Hosts(self.people, self.exposome, self.who[rows], self.what[rows])

    def params(self, age_years):
        """Parameters of the network at this age without any exposure, (H, P)."""
        network = shipped_network()
        table = np.repeat(network.defaults[None], len(self), axis=0)
        for k in np.unique(self.what):
            rows = np.flatnonzero(self.what == k)
            numbers = network_numbers(self.people.take(self.who[rows]), k, age_years)
            for name, values in numbers.items():
                table[rows, network.param[name]] = values
        return table

    def mimicry(self):
        """Share of the epitopes of each agent that the clones of each host recognise, (H, G)."""
        return self.people.mimicry[self.who, self.what]


@lru_cache(maxsize=1)
def agent_effects(agents):
    """What each agent does to the inputs: (pulses, sets) of ``exposures.yaml``, in the order of ``agents``."""
    kinds = exposure_kinds()["infection"].agents
    return tuple((dict(kinds[a].pulse), dict(kinds[a].set)) for a in agents)


def pulse_days():
    """How long an infection pours in, days."""
    return exposure_kinds()["infection"].pulse_days


def span_inputs():
    """Span of an exposome -> (input, amount at dose 1)."""
    kinds = exposure_kinds()
    return {span: next(iter(kinds[kind].while_.items())) for span, kind in SPAN_KINDS.items()}


def season_changes(hosts, h, first, last, days=None):
    """(day, uv_dose) of host ``h`` from day ``first`` of its life to ``last``, beginning with ``first``.

    With ``days`` (sorted), seasons are told apart only from three quarters of a year before one of them to two years
    after it; the sun is the mean of the year elsewhere.
    """
    person = hosts.who[h]
    light, born = sunshine_of(hosts.exposome.latitude), hosts.exposome.born[person]
    outdoors = hosts.exposome.outdoors[person]
    season = DAYS_PER_YEAR / SEASONS
    n = np.arange(np.floor(first / season + born * SEASONS), np.ceil(last / season + born * SEASONS))
    starts = np.maximum((n - born * SEASONS) * season, first)
    doses = outdoors * light[n.astype(int) % SEASONS]
    if days is not None:
        after = np.searchsorted(days, starts - 2 * DAYS_PER_YEAR)
        near = (after < len(days)) & (
            np.append(days, np.inf)[np.minimum(after, len(days))] < starts + 0.75 * DAYS_PER_YEAR
        )
        doses = np.where(near, doses, outdoors * light.mean())
    keep = np.append(True, np.diff(doses) != 0)
    return starts[keep], doses[keep]


@lru_cache(maxsize=8)
def sunshine_of(latitude):
    return sunshine(latitude)


def schedule(hosts, h, first, last, keep=None):
    """Actions of host ``h`` from day ``first`` of its life to before ``last``, with days counted from ``first``.

    ``keep`` is a mask over the person's infections; without it every infection and every season is played.
    """
    e, person = hosts.exposome, hosts.who[h]
    own = e.of(person)
    inside = (e.day[own] >= first) & (e.day[own] < last) & (True if keep is None else keep)
    rows = np.flatnonzero(inside) + own.start
    effects, mimicry = agent_effects(hosts.people.agents), hosts.people.mimicry[person, hosts.what[h]]
    found = []
    for i in rows:
        day, (pulses, sets) = e.day[i] - first, effects[e.agent[i]]
        found += [Reset(day, name, 0.0) for name in STRAIN_MEMORY]
        found += [Change(day, name, value) for name, value in (sets | {"mimicry": mimicry[e.agent[i]]}).items()]
        for name, value in pulses.items():
            found += [Change(day, name, value * e.size[i]), Change(day + pulse_days(), name, 0.0)]
    for span, (name, amount) in span_inputs().items():
        start, end, dose = e.starts[span][person], e.ends[span][person], e.doses[span][person] * amount
        base = shipped_network().defaults[shipped_network().param[name]]
        if start < last and end > first and start < end:
            found.append(Change(max(start - first, 0.0), name, base + dose))
            if end < last:
                found.append(Change(end - first, name, base))
    near = None if keep is None else _marks(e, person, np.flatnonzero(keep) + own.start)
    found += [
        Change(day - first, "uv_dose", dose)
        for day, dose in zip(*season_changes(hosts, h, first, last, near), strict=True)
    ]
    return sorted(found, key=lambda action: action.day)


def _marks(e, person, rows):
    """Days near which the season matters: infections that are played, starts and ends of spans."""
    days = [e.starts[s][person] for s in SPAN_KINDS] + [e.ends[s][person] for s in SPAN_KINDS]
    days = np.array([d for d, s in zip(days, [*SPAN_KINDS] * 2, strict=True) if np.isfinite(e.starts[s][person])])
    return np.sort(np.concatenate([e.day[rows], days]))
