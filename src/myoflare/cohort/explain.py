"""Why: what each mechanism did to the fibres and when, and what would have happened without it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from myoflare.base.errors import SimulationError, StoreError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.clinic import diagnose
from myoflare.cohort.course import load_shipped, simulate
from myoflare.cohort.patient import Patient, patient_from
from myoflare.cohort.treat import without_causes
from myoflare.cohort.values import patient_values, switches_of
from myoflare.compile import compile_model
from myoflare.store.document import parse_document
from myoflare.therapy import Given, drugs_of, with_drugs

DEATH = "muscle_death_"
HALF_YEAR = DAYS_PER_YEAR / 2
MANY_FOLD = 10  # beyond this a change is told as a multiple
NOTHING = 0.01  # g; less than this over a period is the solver's noise


@dataclass(frozen=True)
class Share:
    """What one mechanism did in one period: ``grams`` of fibre above its resting rate, and its ``share`` of the sum."""

    period: str
    start: float
    end: float
    mechanism: str
    label: str
    grams: float
    share: float


@dataclass(frozen=True)
class Counterfactual:
    """The same life with one switch off from day 0. ``change`` is the relative change of fibre loss."""

    switch: str
    label: str
    change: float
    grams: float
    onset_day: float | None
    CK_max: float
    MMT8_min: float
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """Shares by period, what-ifs, and a summary in words.

    ``failures`` are sentences about lives that could not be rerun; ``finished`` is False when it was stopped early.
    """

    patient: str
    summary: str
    shares: tuple[Share, ...]
    counterfactuals: tuple[Counterfactual, ...] = ()
    failures: tuple[str, ...] = ()
    finished: bool = True

    def plain(self) -> Mapping:
        """As plain dicts and lists, for JSON."""
        return asdict(self)


def explain(course, patient=None, model=None, counterfactuals=True, progress=None):
    """Which mechanisms drove the damage, when, and what happens when each is switched off.

    Parameters
    ----------
    course: as ``simulate`` returns it; it names its patient.
    patient: the ``Patient`` of the course; read from the course by default.
    model: the network of the course; the shipped one by default.
    counterfactuals: rerun the life with each switch that is on set to 0, one at a time.
    progress: called with (switch, number done, number of all).

    A KeyboardInterrupt while rerunning keeps what is finished. StoreError: the course was made with another network, or
    lacks a curve.
    """
    body = model or load_shipped()
    model = network_of(course, body)
    _whole(course, model)
    patient = patient or _patient_of(course)
    shares = mechanism_shares(course)
    what_ifs, failures, finished = (), (), True
    if counterfactuals:
        what_ifs, failures, finished = _rerun(course, patient, body, model, progress)
    return Explanation(
        str(course.attrs.get("patient", "")), _summary(course, shares), shares, what_ifs, failures, finished
    )


def mechanism_shares(course):
    """Cumulative flux into fibre death by mechanism, above its resting rate, in each period of the course."""
    times = np.asarray(course["time"].values, float)
    rates = {n: np.asarray(course[n].values, float) for n in map(str, course.data_vars) if n.startswith(DEATH)}
    rows = []
    for name, start, end in _periods(course, times):
        grams = {n: _area(times, rate - rate[0], start, end) for n, rate in rates.items()}
        total = sum(grams.values())
        for n, value in sorted(grams.items(), key=lambda item: -item[1]):
            if total > NOTHING and value > 1e-6 * total:
                label = str(course[n].attrs.get("long_name", n))
                rows.append(Share(name, start, end, n.removeprefix(DEATH), label, value, value / total))
    return tuple(rows)


def fibre_loss(course, rest=None):
    """Grams of fibre that died in all, above the resting rate of ``rest`` (the course itself by default)."""
    times = np.asarray(course["time"].values, float)
    names = [n for n in map(str, course.data_vars) if n.startswith(DEATH)]
    usual = {n: float((course if rest is None else rest)[n][0]) for n in names}
    return sum(_area(times, np.asarray(course[n].values, float) - usual[n], times[0], times[-1]) for n in names)


def _periods(course, times):
    onset, last = diagnose(course).onset_day, float(times[-1])
    if onset is not None:
        half = onset + HALF_YEAR
        marks = [("before onset", 0.0, onset), ("first 6 months of disease", onset, half), ("later", half, last)]
    else:
        events = json.loads(course.attrs.get("events", "[]"))
        first = min((e["day"] for e in events), default=0.0)
        soon = first + HALF_YEAR / 2
        marks = [
            ("before the first exposure", 0.0, first),
            ("first 3 months after the first exposure", first, soon),
            ("later", soon, last),
        ]
    return [(name, start, min(end, last)) for name, start, end in marks if start < min(end, last)]


def _area(times, values, start, end):
    """Integral of the positive part of ``values`` from ``start`` to ``end`` (trapezoids)."""
    grid = np.unique(np.concatenate([times[(times >= start) & (times <= end)], [start, end]]))
    return float(np.trapezoid(np.clip(np.interp(grid, times, values), 0, None), grid))


def doses_of(course):
    """What was given in a course, ``Given`` records by day."""
    rows = json.loads(course.attrs.get("doses", "[]"))
    return [Given(r["day"], r["drug"], r["amount"], r["route"], r["over_days"]) for r in rows]


def network_of(course, model):
    """The network of a course: ``model``, the body, with the drugs that were given."""
    drugs, _ = drugs_of(doses_of(course))
    return with_drugs(model, drugs).model if drugs else model


def _whole(course, model):
    """StoreError when the course lacks what its own network says it has, or what is told of every course."""
    needed = ["CK", "MMT8"]
    if course.attrs.get("digest") == model.digest:
        needed += [e.id for group in (model.species, model.rules, model.observables) for e in group]
    missing = next((n for n in needed if n not in course), None)
    if missing:
        name = str(course.attrs.get("patient", "course"))
        raise StoreError(name, f"the course has no {missing!r}", "every curve of its network", "run the person again")
    try:
        json.loads(course.attrs.get("events", "[]"))
    except (TypeError, ValueError):
        name = str(course.attrs.get("patient", "course"))
        raise StoreError(name, "its events cannot be read", "the list that the run wrote", "run it again") from None


def _same_network(course, model):
    """Lives are only compared within one network."""
    made_with = course.attrs.get("digest", model.digest)
    if made_with != model.digest:
        name = str(course.attrs.get("patient", "course"))
        came = f"the course was made with another network (digest {made_with})"
        raise StoreError(name, came, f"the network at hand (digest {model.digest})", "run the person again")


def _rerun(course, patient, body, model, progress):
    _same_network(course, model)
    values = patient_values(patient, model)
    switches = [s for s in switches_of(model) if values[s] > 0]
    names = {p.id: p.description for p in model.parameters}
    program, done, failed = compile_model(model, backend="python" if model is not body else "numba"), [], []
    finished = False
    try:
        for i, switch in enumerate(switches):
            if progress:
                progress(switch, i, len(switches))
            try:
                other = _again(patient, course, body, program, switch)
            except SimulationError as fault:
                failed.append(f"Without {switch} the life could not be followed: {fault}")
            else:
                done.append(_compare(switch, names[switch], course, other))
        if progress:
            progress("", len(switches), len(switches))
        finished = True
    except KeyboardInterrupt:
        pass  # what is done is worth keeping
    return _ranked(done), tuple(failed), finished


def _ranked(done):
    return tuple(sorted(done, key=lambda c: -abs(c.change)))


def _again(patient, course, body, program, switch):
    years = float(course["time"][-1]) / DAYS_PER_YEAR
    patient = without_causes(patient, json.loads(course.attrs.get("causes_stopped", "[]")))
    seed = int(course.attrs.get("seed", 0))
    return simulate(
        patient, years=years, seed=seed, model=body, program=program, without=(switch,),
        doses=doses_of(course), vary_drugs=bool(course.attrs.get("vary_drugs", 0)),
    )  # fmt: skip


def _compare(switch, label, course, other):
    before, after = fibre_loss(course), fibre_loss(other, course)
    change = (after - before) / before if before > 0 else 0.0
    onset, was = diagnose(other).onset_day, diagnose(course).onset_day
    peak, lowest = float(other["CK"].max()), float(other["MMT8"].min())
    had = float(course["CK"].max()), float(course["MMT8"].min())
    words = f"{_onset_words(was, onset)}, {_loss_words(change)}"
    numbers = (
        f"peak CK is {peak:.0f} U/L instead of {had[0]:.0f}, and the lowest MMT-8 {lowest:.0f} instead of {had[1]:.0f}"
    )
    what = f"{switch} ({label})" if label else switch
    sentence = f"Without {what}, {words}; {numbers}."
    return Counterfactual(switch, label, change, after, onset, peak, lowest, sentence)


def _onset_words(was, now):
    if was is None:
        return "there is still no disease" if now is None else f"disease begins on day {now:.0f}"
    if now is None:
        return "the disease does not come"
    shift = now - was
    if abs(shift) < 1:
        return f"the disease still begins on day {now:.0f}"
    return f"the disease begins {abs(shift):.0f} days {'later' if shift > 0 else 'earlier'}"


def _loss_words(change):
    if abs(change) < 0.02:
        return "as much fibre dies"
    if change > MANY_FOLD:
        return f"{1 + change:,.0f} times as much fibre dies"
    return f"{abs(change):.0%} {'less' if change < 0 else 'more'} fibre dies"


def _summary(course, shares):
    leading = {}
    for share in shares:
        leading.setdefault(share.period, share)
    totals = {period: sum(s.grams for s in shares if s.period == period) for period in leading}
    parts = [
        f"{p}, {s.label[:1].lower() + s.label[1:]} ({s.share:.0%} of {totals[p]:.0f} g)"
        for p, s in leading.items()
        if totals[p] >= 1
    ]
    name = str(course.attrs.get("patient", "the patient"))
    if not parts:
        return f"Hardly any fibre died in {name} beyond normal turnover."
    return f"What took most fibre in {name}: {'; '.join(parts)}."


def _patient_of(course) -> Patient:
    name = f"{course.attrs.get('patient', 'course')}.yaml"
    return patient_from(parse_document(str(course.attrs.get("patient_yaml", "")), name))
