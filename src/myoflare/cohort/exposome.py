"""What reaches people over a life: infections, sun, statin, smoke, silica, tumour, checkpoint inhibitor.

Rates and shares stand in ``science/exposome.yaml``. Every number hangs on the key of the person, the process and the
place in it, so that nobody's exposures change with the batch.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.special import ndtri

from myoflare.base.errors import PatientError
from myoflare.base.keyed import uniforms
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.store import science_document, suggest

LAST_AGE = 90.0  # years
SEASONS = 4  # of a year, in which the sun is taken as constant
MIDWINTER = 0.04  # of a year from 1 January: 15 January
LEANS = ((2.0, 0.1), (3.5, 0.1))  # shift in standard deviations of the log size, share of people
_OF_SIZE = ("size_median", "size_spread", "visits")
SPANS = ("statin", "smoking", "silica", "tumour", "checkpoint")


@dataclass(frozen=True)
class Exposome:
    """Exposures of ``N`` people. Days count from birth; a span that never comes begins at infinity.

    born: (N,) share of the calendar year that had gone at birth. outdoors: (N,) sun of a person, 1 is a sunny day of
    summer outdoors at the reference latitude. Infections lie flat, by person and day: ``offsets`` (N + 1,), ``day``,
    ``agent`` (row of agents.tsv), ``size``, ``site`` (place in ``sites``), ``visit`` (whether a doctor saw it). starts,
    ends, doses: name -> (N,).
    log_weight: (N,), log of the true density of the sizes over that of the draw.
    """

    born: np.ndarray
    outdoors: np.ndarray
    offsets: np.ndarray
    day: np.ndarray
    agent: np.ndarray
    size: np.ndarray
    site: np.ndarray
    visit: np.ndarray
    starts: dict
    ends: dict
    doses: dict
    latitude: float
    sites: tuple[str, ...]
    log_weight: np.ndarray

    def __len__(self):
        return len(self.born)

    def of(self, i):
        """Slice of the flat infections of person ``i``."""
        return slice(self.offsets[i], self.offsets[i + 1])

    def take(self, rows):
        """Exposures of these people, in this order."""
        rows = np.asarray(rows)
        flat = np.concatenate([np.arange(self.offsets[i], self.offsets[i + 1]) for i in rows] or [np.empty(0, int)])
        flat = flat.astype(int)
        counts = np.diff(self.offsets)[rows]
        new = {name: getattr(self, name)[flat] for name in ("day", "agent", "size", "site", "visit")}
        spans = {name: {k: v[rows] for k, v in getattr(self, name).items()} for name in ("starts", "ends", "doses")}
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return replace(
            self,
            born=self.born[rows],
            outdoors=self.outdoors[rows],
            log_weight=self.log_weight[rows],
            offsets=offsets,
            **new,
            **spans,
        )


@cache
def exposome_text():
    """The document, as plain data."""
    return dict(science_document("exposome.yaml").data)


def exposure_names():
    """What can be left out of lives: sites of infection, spans, the sun."""
    return (*exposome_text()["infections"], *SPANS, "sun")


def draw_exposome(people, latitude=55.0, without=frozenset(), lean=False):
    """The ``Exposome`` of ``people`` at a latitude, degrees; ``without`` names processes left out, for rival causes.

    With ``lean``, one infection of a share of the people is drawn larger than nature would (``LEANS``), and the weights
    undo it.

    PatientError: a latitude beyond the poles, an unknown process.
    """
    if not -90 <= latitude <= 90:
        raise PatientError("latitude", f"{latitude:g}", "degrees from -90 to 90")
    text, n = exposome_text(), len(people)
    sites = tuple(text["infections"])
    for name in without:
        if name not in exposure_names():
            raise PatientError("without", f"unknown exposure {name!r}", "an exposure", suggest(name, exposure_names()))
    born = uniforms(people.key, "born", 1)[:, 0]
    starts, ends, doses = _spans(people, text)
    gone = set(without) & set(SPANS) | ({"checkpoint"} if "tumour" in without else set())
    for name in gone:
        starts[name] = np.full(n, np.inf)
    sun = text["sun"]
    outdoors = sun["outdoors"] * np.exp(sun["spread"] * _normal(people.key, "outdoors"))
    outdoors = outdoors * ("sun" not in without)
    parts = [
        _infections(people, born, site, i, text, starts, ends, midwinter(latitude))
        for i, site in enumerate(sites)
        if site not in without
    ]
    none = (np.empty(0, int), np.empty(0), np.empty(0, int), np.empty(0), np.empty(0), np.empty(0, int))
    who, day, agent, z, u, site = (np.concatenate(column) for column in zip(none, *parts, strict=True))
    order = np.lexsort((day, who))
    who, day, agent, z, u, site = (column[order] for column in (who, day, agent, z, u, site))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=n))])
    log_weight = np.zeros(n)
    if lean:
        z, log_weight = _leaned(people.key, offsets, who, z)
    rows = [text["infections"][name] for name in sites]
    median, spread, visits = (np.array([float(r[name]) for r in rows])[site] for name in _OF_SIZE)
    size = median * np.exp(spread * z)
    visit = u < -np.expm1(-visits * size)
    return Exposome(
        born, outdoors, offsets, day, agent, size, site, visit, starts, ends, doses, float(latitude), sites, log_weight,
    )  # fmt: skip


def _leaned(key, offsets, who, z):
    """Normal deviates of sizes with one of a person's shifted, and the log weight that undoes it, (events,), (N,).

    The person's infections are a mixture: nature's own, or the same with one infection, any of them, shifted by one of
    ``LEANS``. The weight is nature's density over that of the mixture (Veach & Guibas 1995, doi:10.1145/218380.218498).
    """
    u, count = uniforms(key, "lean", 2), np.diff(offsets)
    shares = np.array([share for _, share in LEANS])
    way = np.searchsorted(np.cumsum(shares), u[:, 0], side="right")
    shifts = np.append([shift for shift, _ in LEANS], 0.0)
    chosen = offsets[:-1] + np.minimum((u[:, 1] * count).astype(int), np.maximum(count - 1, 0))
    z = z.copy()
    has = count > 0
    z[chosen[has]] += shifts[way[has]]
    density = np.full(len(key), 1 - shares.sum())
    for shift, share in LEANS:
        ratio = np.bincount(who, weights=np.exp(shift * z - shift**2 / 2), minlength=len(key))
        density += share * np.where(has, ratio / np.maximum(count, 1), 1.0)
    return z, -np.log(density)


def sunshine(latitude):
    """Mean dose of each season (January to March first) of a person who is always outdoors, as a share of June at the
    reference latitude."""
    reference = float(exposome_text()["sun"]["reference_latitude"])
    return np.array([_daily(latitude, (np.arange(30) + 0.5) / 30 / SEASONS + s / SEASONS).mean()
                     for s in range(SEASONS)]) / _daily(reference, np.array([0.47]))[0]  # fmt: skip


def _daily(latitude, season):
    """Erythemal dose of clear days, any unit: cosine of the zenith angle to the power 2.42 over the hours of a day."""
    tilt = np.deg2rad(23.44) * np.cos(2 * np.pi * (np.asarray(season) - 0.472))
    hours, phi = np.linspace(-np.pi, np.pi, 97)[:-1], np.deg2rad(latitude)
    height = np.sin(phi) * np.sin(tilt)[:, None] + np.cos(phi) * np.cos(tilt)[:, None] * np.cos(hours)
    return (np.maximum(height, 0) ** 2.42).mean(axis=1)


def _infections(people, born, site, number, text, starts, ends, middle):
    """Person, day, agent, normal deviate of the size, uniform of the visit, and site of every infection of one site."""
    row = text["infections"][site]
    ages, rates = np.array(row["per_year"], float).T
    grid = np.linspace(0.0, LAST_AGE, 361)
    base = np.interp(grid, ages, rates)
    total = np.concatenate([[0], np.cumsum((base[1:] + base[:-1]) / 2 * np.diff(grid))])
    most = _most(total[-1] * 2.25)
    events = np.cumsum(-np.log(uniforms(people.key, f"{site} when", most)), axis=1)
    if site == "airway":  # smoke and silica bring more of them
        age = _slowed(
            events, grid, base, [(starts[k], ends[k], float(text[k]["airway_factor"])) for k in ("smoking", "silica")]
        )
    else:
        age = np.interp(events, total, grid, right=np.inf)
    who, place = np.nonzero(age < LAST_AGE)
    shuffle = uniforms(people.key, f"{site} what", 4 * most).reshape(len(people), most, 4)[who, place]
    years = np.floor(age[who, place] + born[who])
    day = (years + _in_season(shuffle[:, 0], float(row["winter"]), middle) - born[who]) * DAYS_PER_YEAR
    names = list(row["agents"])
    known = {name: i for i, name in enumerate(people.agents)}
    shares = np.cumsum([float(row["agents"][name]) for name in names])
    agent = np.array([known[name] for name in names])[np.searchsorted(shares / shares[-1], shuffle[:, 1])]
    z = ndtri(shuffle[:, 2])
    keep = (day > 0) & (day < LAST_AGE * DAYS_PER_YEAR)
    site = np.full(len(who), number)
    return tuple(column[keep] for column in (who, day, agent, z, shuffle[:, 3], site))


def _most(mean):
    """More events than a life has, but for one life in a million."""
    return int(np.ceil(mean + 6 * np.sqrt(mean) + 6))


def _slowed(events, grid, base, factors):
    """Ages of events whose rate is raised by ``factors`` while a person's spans last; (N, most)."""
    rate = np.repeat(base[None, :], len(events), axis=0)
    for start, end, factor in factors:
        inside = (grid[None, :] * DAYS_PER_YEAR >= start[:, None]) & (grid[None, :] * DAYS_PER_YEAR < end[:, None])
        rate *= np.where(inside, factor, 1.0)
    total = np.concatenate([np.zeros((len(rate), 1)), np.cumsum((rate[:, 1:] + rate[:, :-1]) / 2, axis=1)], axis=1)
    total *= grid[1] - grid[0]
    return np.stack([np.interp(e, t, grid, right=np.inf) for e, t in zip(events, total, strict=True)])


def midwinter(latitude):
    """Share of the calendar year that has gone in the middle of winter: 15 January, south of the equator 15 July."""
    return MIDWINTER if latitude >= 0 else MIDWINTER + 0.5


def _in_season(u, winter, middle):
    """Share of the calendar year, with density 1 + winter cos(2 pi (x - middle))."""
    x = np.linspace(0.0, 1.0, 241)
    below = x + winter / (2 * np.pi) * (np.sin(2 * np.pi * (x - middle)) + np.sin(2 * np.pi * middle))
    return np.interp(u, below, x)


def _spans(people, text):
    n, key = len(people), people.key
    starts, ends, doses = ({name: np.full(n, value) for name in SPANS} for value in (np.inf, np.inf, 1.0))
    statin = text["statin"]
    starts["statin"] = _first(key, "statin", statin["starts_per_year"])
    u = uniforms(key, "statin span", 2)
    ends["statin"] = starts["statin"] - np.log(u[:, 0]) / float(statin["stops_per_year"]) * DAYS_PER_YEAR
    doses["statin"] = float(statin["dose_median"]) * np.exp(float(statin["dose_spread"]) * ndtri(u[:, 1]))
    for name in ("smoking", "silica"):
        u, row = uniforms(key, name, 2), text[name]
        ever = u[:, 0] < np.where(people.female, float(row["ever"]["women"]), float(row["ever"]["men"]))
        first, last = (
            (row["from_age"], row["until_age"]) if name == "smoking" else (row["ages"][0], [row["ages"][1]] * 2)
        )
        starts[name] = np.where(ever, float(first) * DAYS_PER_YEAR, np.inf)
        ends[name] = np.where(
            ever, (float(last[0]) + (float(last[1]) - float(last[0])) * u[:, 1]) * DAYS_PER_YEAR, np.inf
        )
    row = text["tumour"]
    starts["tumour"] = _first(key, "tumour", row["per_year"])
    ends["tumour"] = starts["tumour"] + float(row["lasts_days"])
    doses["tumour"] = np.exp(float(row["burden_spread"]) * _normal(key, "burden"))
    row = text["checkpoint"]
    given = uniforms(key, "checkpoint", 1)[:, 0] < float(row["share_of_tumours"])
    starts["checkpoint"] = np.where(given, starts["tumour"] + float(row["after_days"]), np.inf)
    ends["checkpoint"] = starts["checkpoint"] + float(row["lasts_days"])
    doses["checkpoint"] = np.full(n, float(row["activation"]))
    return starts, ends, doses


def _first(key, process, table):
    """Day of the first event of a process with this hazard by age, infinite when it never comes."""
    ages, rates = np.array(table, float).T
    grid = np.linspace(0.0, LAST_AGE, 361)
    rate = np.interp(grid, ages, rates, left=rates[0])
    total = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(grid))])
    total += 1e-12 * grid  # rises, so that it can be read backwards
    found = np.interp(-np.log(uniforms(key, f"{process} start", 1)[:, 0]), total, grid, right=np.inf)
    return found * DAYS_PER_YEAR


def _normal(key, process):
    return ndtri(uniforms(key, process, 1)[:, 0])
