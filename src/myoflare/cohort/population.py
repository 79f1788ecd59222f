"""A population lived from birth to 90: who fell ill, with weights.

One in a hundred thousand falls ill in a year, so people and their worst infections are drawn more often from where
disease is likely, and each carries the weight that undoes it (``tilt`` and ``exposome``).
"""

from dataclasses import dataclass

import numpy as np

from myoflare.base.keyed import uniforms
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.epidemiology import effective
from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.likely import kept, likely_tilt
from myoflare.cohort.lives import live
from myoflare.cohort.people import draw_people
from myoflare.cohort.question import CHUNK, Question
from myoflare.cohort.standard import standard_age


@dataclass(frozen=True)
class Population:
    """People (N,) and cases (C,), in the order of their numbers.

    People are those that were lived, ``N`` of ``question.size``; their weights sum to about that size. Of people:
    ``person`` (number), ``weight``, ``female``, ``haplotypes`` (N, 2), ``loci`` (N, L), ``at_age`` (a day at which this
    person would be asked as a control, years) and exposures on that day (N, E). Of cases: ``case`` (row of people),
    ``age`` of onset in years, ``antigen``, ``kind``, ``antibody``, ``month`` (0 to 12) and ``case_exposures`` on the
    day of onset.
    """

    question: Question
    weight: np.ndarray
    female: np.ndarray
    haplotypes: np.ndarray
    loci: np.ndarray
    at_age: np.ndarray
    exposures: np.ndarray
    case: np.ndarray
    age: np.ndarray
    antigen: np.ndarray
    kind: np.ndarray
    antibody: np.ndarray
    month: np.ndarray
    case_exposures: np.ndarray
    failed: int
    lived: int
    antigens: tuple[str, ...] = ()
    exposure_names: tuple[str, ...] = ()
    person: np.ndarray | None = None

    @property
    def effective_cases(self):
        """Cases that would say as much if all weights were equal, (sum w)^2 / sum w^2 (Kish 1965)."""
        return effective(self.weight[self.case])

    @property
    def person_years(self):
        return self.question.size * self.question.years


EXPOSED = ("statin", "smoker", "airway", "gut", "tumour", "checkpoint", "silica")


def exposed(people, exposome, rows, days):
    """Whether these people (rows) on these days of life had: a statin, ever smoked, an airway or gut infection that a
    doctor saw in the year before, a tumour within three years either side, a checkpoint inhibitor in the year
    before, silica ever. (R, 7) bool, in the order of ``EXPOSED``."""
    e, rows, days = exposome, np.asarray(rows, int), np.asarray(days, float)
    year = DAYS_PER_YEAR
    table = np.zeros((len(rows), len(EXPOSED)), bool)
    table[:, 0] = (e.starts["statin"][rows] < days) & (e.ends["statin"][rows] > days)
    table[:, 1] = e.starts["smoking"][rows] < days
    for column, site in ((2, "airway"), (3, "gut")):
        if site in e.sites:
            number = e.sites.index(site)
            for r, (i, day) in enumerate(zip(rows, days, strict=True)):
                own = e.of(i)
                near = (e.day[own] < day) & (e.day[own] > day - year) & (e.site[own] == number)
                table[r, column] = (near & e.visit[own]).any()
    table[:, 4] = np.abs(e.starts["tumour"][rows] - days) < 3 * year
    table[:, 5] = (e.starts["checkpoint"][rows] < days) & (e.starts["checkpoint"][rows] > days - year)
    table[:, 6] = e.starts["silica"][rows] < days
    return table


def one_person(question, number):
    """The person with this number, and the exposures of that life."""
    return _drawn(question, number, 1)


def _drawn(question, first, size):
    tilt = likely_tilt() if question.tilted else None
    people = draw_people(size, question.seed, question.ancestry, tilt, first, without=question.causes)
    return people, draw_exposome(people, question.latitude, question.exposures_off, lean=question.tilted)


def live_chunk(question, number):
    """Arrays of the people ``number * CHUNK`` on."""
    first = number * CHUNK
    size = min(CHUNK, question.size - first)
    people, exposome = _drawn(question, first, size)
    rows, more = kept(people, exposome) if question.tilted else (np.arange(size), np.zeros(size))
    people, exposome = people.take(rows), exposome.take(rows)
    onsets = live(people, exposome)
    order = np.lexsort((onsets.day, onsets.who))
    one = order[np.unique(onsets.who[order], return_index=True)[1]] if len(order) else order
    one = one[onsets.day[one] < question.years * DAYS_PER_YEAR]
    who, day = onsets.who[one], onsets.day[one]
    at = standard_age(uniforms(people.key, "asked", 1)[:, 0])
    return {
        "weight": np.exp(people.log_weight + exposome.log_weight + more), "female": people.female,
        "haplotypes": people.haplotypes.astype(np.int16), "loci": people.loci, "at_age": at,
        "exposures": exposed(people, exposome, np.arange(len(people)), at * DAYS_PER_YEAR),
        "person": rows + first, "case": who, "age": day / DAYS_PER_YEAR, "antigen": onsets.what[one],
        "kind": onsets.kind[one],
        "antibody": onsets.antibody[one], "month": 12 * ((exposome.born[who] + day / DAYS_PER_YEAR) % 1),
        "case_exposures": exposed(people, exposome, who, day), "failed": np.array(onsets.failed),
        "lived": np.array(onsets.lived),
    }  # fmt: skip
