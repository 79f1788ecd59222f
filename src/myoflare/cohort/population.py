"""A population lived from birth to 90, in chunks that survive a kill; who fell ill, with weights.

One in a hundred thousand falls ill in a year, so people and their worst infections are drawn more often from where
disease is likely, and each carries the weight that undoes it (``tilt`` and ``exposome``). A chunk is a file of its
own that depends on the question and its number alone: any number of workers gives the same numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np

from myoflare.base.errors import PatientError, StoreError
from myoflare.base.keyed import uniforms
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.exposome import LAST_AGE, draw_exposome, exposure_names
from myoflare.cohort.genome import allele_pool
from myoflare.cohort.life import load_shipped
from myoflare.cohort.likely import kept, likely_tilt
from myoflare.cohort.lives import live
from myoflare.cohort.people import draw_people
from myoflare.cohort.standard import standard_age
from myoflare.cohort.switches import switch_names
from myoflare.simulate.ensemble.pool import Here, Processes
from myoflare.store import science_path, suggest

CHUNK = 1500  # people drawn; a few seconds of work
TEXTS = ("antigens.tsv", "agents.tsv", "haplotypes.tsv", "molecules.tsv", "loci.tsv", "repertoire.tsv", "tolerance.tsv",
         "exposome.yaml", "exposures.yaml", "genome.tsv", "clinic.yaml")  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What population is asked for. ``without`` names rival causes or exposures switched off; ``tilted``: the draw."""

    size: int
    seed: int = 0
    ancestry: str = "northern_europe"
    latitude: float = 55.0
    years: float = LAST_AGE
    without: tuple[str, ...] = ()
    tilted: bool = True

    def __post_init__(self):
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 1:
            raise PatientError("size", f"a population of {self.size}", "at least 1 person")
        if not 0 < self.years <= LAST_AGE:
            raise PatientError("years", f"{self.years:g}", f"a length of lives above 0 and up to {LAST_AGE:g} years")
        if not -90 <= self.latitude <= 90:
            raise PatientError("latitude", f"{self.latitude:g}", "degrees from -90 to 90")
        allele_pool(self.ancestry)
        known = {*switch_names(), *exposure_names()}
        for name in self.without:
            if name not in known:
                raise PatientError("without", f"unknown cause {name!r}", "a cause or exposure", suggest(name, known))

    @property
    def chunks(self):
        return -(-self.size // CHUNK)


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
        w = self.weight[self.case]
        return float(w.sum() ** 2 / (w**2).sum()) if len(w) else 0.0

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
    genes = frozenset(w for w in question.without if w in switch_names())
    tilt = likely_tilt() if question.tilted else None
    people = draw_people(1, question.seed, question.ancestry, tilt, number, without=genes)
    return people, draw_exposome(people, question.latitude, frozenset(question.without) - genes, lean=question.tilted)


def live_chunk(question, number):
    """Arrays of the people ``number * CHUNK`` on."""
    first = number * CHUNK
    size = min(CHUNK, question.size - first)
    genes = frozenset(w for w in question.without if w in switch_names())
    tilt = likely_tilt() if question.tilted else None
    people = draw_people(size, question.seed, question.ancestry, tilt, first, without=genes)
    exposome = draw_exposome(people, question.latitude, frozenset(question.without) - genes, lean=question.tilted)
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


def run_population(question, folder, workers=1, progress=None):
    """Live what is missing of a population in ``folder``, and read it. Stopped at any time, the same call goes on.

    StoreError when the folder holds another population; ``progress`` is called with chunks done and their number.
    """
    folder = Path(folder)
    _claim(question, folder)
    missing = [i for i in range(question.chunks) if not _file(folder, i).exists()]
    done = question.chunks - len(missing)
    if progress:
        progress(done, question.chunks)
    if missing:
        pool = Here(partial(_work, question, folder)) if workers == 1 else Processes(
            _prepare, (question, folder), min(workers, len(missing)))  # fmt: skip
        try:
            _drain(pool, missing, progress, done, question.chunks)
        finally:
            pool.close()
    return read_population(folder)


def _drain(pool, missing, progress, done, total):
    waiting, running = list(reversed(missing)), 0
    while waiting or running:
        while waiting and pool.idle:
            i = waiting.pop()
            pool.submit((i, i + 1))
            running += 1
        pool.next()
        running -= 1
        done += 1
        if progress:
            progress(done, total)


def _prepare(question, folder):
    return partial(_work, question, folder)


def _work(question, folder, number, _):
    path = _file(folder, number)
    draft = path.with_suffix(".tmp")
    with open(draft, "wb") as file:
        np.savez(file, **live_chunk(question, number))
    draft.replace(path)


def _file(folder, number):
    return folder / "chunks" / f"{number:06d}.npz"


def _told(question):
    texts = {name: science_path(name).read_text(encoding="utf-8") for name in TEXTS}
    import hashlib

    digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "question": asdict(question) | {"without": sorted(question.without)},
        "network": load_shipped().digest,
        "texts": digest,
    }


def _claim(question, folder):
    told, path = _told(question), folder / "population.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        differ = [k for k in told if before.get(k) != json.loads(json.dumps(told[k]))]
        if differ:
            raise StoreError(
                str(folder), f"a population with another {differ[0]}", "the same question", "choose another folder"
            )
        return
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(
            str(folder), "a folder that holds something else", "a new or an empty folder", "choose another folder"
        )
    (folder / "chunks").mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(told, indent=1), encoding="utf-8")
    draft.replace(path)


def read_population(folder):
    """The ``Population`` of a folder; StoreError where none is or chunks are missing."""
    from myoflare.cohort.numbers import antigen_rows

    folder = Path(folder)
    path = folder / "population.json"
    if not path.exists():
        raise StoreError(str(folder), "no population.json", "a folder of `myoflare population run`")
    told: Mapping = json.loads(path.read_text(encoding="utf-8"))["question"]
    question = Question(**{**told, "without": tuple(told["without"])})
    missing = [i for i in range(question.chunks) if not _file(folder, i).exists()]
    if missing:
        came = f"{len(missing)} of {question.chunks} chunks are missing"
        raise StoreError(str(folder), came, "a finished population", "the same command goes on where it stopped")
    parts = [dict(np.load(_file(folder, i))) for i in range(question.chunks)]
    starts = np.cumsum([0, *(len(p["weight"]) for p in parts)])
    for part, start in zip(parts, starts[:-1], strict=True):
        part["case"] = part["case"] + start
    joined = {
        f.name: np.concatenate([p[f.name] for p in parts])
        for f in fields(Population)
        if f.name in parts[0] and parts[0][f.name].ndim
    }
    counts = {name: int(sum(p[name] for p in parts)) for name in ("failed", "lived")}
    names = tuple(r["antigen"] for r in antigen_rows())
    return Population(question, **joined, **counts, antigens=names, exposure_names=EXPOSED)
