"""A biopsy as a folder: one folder a needle with its pictures, and tables over the needles with their mean and range.

A needle's folder appears when it is whole. So a biopsy that was stopped goes on with the first needle that is missing,
and that needle from its last checkpoint.
"""

import csv
import hashlib
import json
import math
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from myoflare import __version__
from myoflare.base.errors import StoreError
from myoflare.report.ome import whole_scene, write_brightfield, write_markers
from myoflare.report.slide import PIXEL_UM
from myoflare.report.slide_files import Film, check_stains, write_pair, write_sheet, write_slides
from myoflare.store import check_place, check_target, sweep, write_whole
from myoflare.tissue.grow import HISTORY
from myoflare.tissue.morphometry import measure_section
from myoflare.tissue.needle import check_memory, check_needles, grow_needle, memory_gb, needle_days, needle_seed
from myoflare.tissue.scores import score_findings
from myoflare.tissue.section import Section
from myoflare.tissue.section_file import read_section, write_section

RECORD, FINDINGS, TABLE, SCORES = "biopsy.json", "findings.json", "morphometry.csv", "scores.csv"
SECTION = "section.npz"
SCANS = (20, 10, 5, 2.5)
MOST_SCAN = 16_500_000  # pixels of the OME-TIFF
SHARE_GROWING = 0.85  # of the time that a needle takes
WORDS = (
    ("fibre_area", "fibre area {:,.0f} µm²"), ("perifascicular_atrophy_index", "edge fibres over others {:.2f}"),
    ("capillaries_per_fibre", "capillaries per fibre {:.2f}"), ("fraction_necrotic", "necrotic {:.1%}"),
    ("fraction_regenerating", "regenerating {:.1%}"), ("fraction_MHC1", "MHC class I {:.0%}"),
    ("CD3_per_mm2", "T cells {:,.0f} per mm²"), ("CD68_per_mm2", "CD68 cells {:,.0f} per mm²"),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What decides how a needle looks and which files it gets."""

    patient: str
    course: str
    day: float
    size_mm2: float
    seed: int
    history_days: float
    stains: tuple[str, ...]
    film: bool


@dataclass(frozen=True)
class Needle:
    """One needle as its folder keeps it: name -> value of the morphometry, and rows of the scores."""

    folder: Path
    values: dict[str, float]
    units: dict[str, tuple[str, str]]
    scores: list[dict]

    def points(self, score):
        return sum(row["points"] for row in self.scores if row["score"] == score)

    def most(self, score):
        return sum(row["most"] for row in self.scores if row["score"] == score)


def write_biopsy(
    course, day, folder, *, stains=("HE",), size_mm2=1.0, needles=1, seed=0, history_days=HISTORY, film=False,
    force=False, progress=None, threads=1,
):  # fmt: skip
    """Take ``needles`` from the person of ``course`` on ``day`` and write ``folder``; a list of ``Needle``.

    Each needle gets the stains as PNG, a sheet of all stains, its colours and its markers as OME-TIFF, and a film of
    the same place where asked. Tables hold every needle, their mean and range.

    ``progress`` is called with (needles done and under way as one number, words). What stands in ``folder`` from the
    same question is kept, and the needles that lack are added. Raises TissueError or StoreError.
    """
    stains, folder = tuple(check_stains(stains)), Path(folder)
    check_needles(course, day, size_mm2, needles, history_days)
    check_memory(memory_gb(size_mm2, scan_pixels(size_mm2)))
    asked = Asked(
        str(course.attrs.get("patient", "")), _digest(course), float(day), float(size_mm2), int(seed),
        float(history_days), stains, bool(film),
    )  # fmt: skip
    _begin(folder, asked, needles, force)
    found = []
    for k in range(1, needles + 1):
        place = folder / f"needle_{k}"
        if not (place / FINDINGS).exists():
            tell = _tell(progress, k - 1)
            _one(course, asked, k, place, tell, threads)
        found.append(read_needle(place))
        _write_tables(folder, found)
    if progress:
        progress(needles, "")
    return found


def scan_magnification(size_mm2):
    """The magnification of the OME-TIFF: x20, or the largest that keeps it to a sensible size."""
    return next((m for m in SCANS if _pixels(size_mm2, m) <= MOST_SCAN), SCANS[-1])


def scan_pixels(size_mm2):
    return _pixels(size_mm2, scan_magnification(size_mm2))


def read_needle(folder) -> Needle:
    """A needle's folder read back; StoreError where its findings cannot be read."""
    path = Path(folder) / FINDINGS
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        rows = told["findings"]
        values = {r["name"]: math.nan if r["value"] is None else float(r["value"]) for r in rows}
        units = {r["name"]: (r["unit"], r["description"]) for r in rows}
        return Needle(Path(folder), values, units, list(told["scores"]))
    except (OSError, ValueError, KeyError, TypeError):
        came = "the findings of this needle cannot be read"
        raise StoreError(str(path), came, "the file that 'myoflare biopsy' wrote", "remove its folder") from None


def needle_words(section: Section, found, scores):
    """The lines on the sheet: what was counted, in a few words."""
    values = {name: finding.value for name, finding in found.items()}
    lines = [f"{section.fascicle.area_mm2:.3g} mm², seed {section.seed}"]
    lines += [text.format(values[name]) for name, text in WORDS]
    return [*lines, *(f"{s.title}: {s.points:g} of {s.most:g}" for s in scores.values())]


def write_comparison(both, titles, folder, stains=("HE",)):
    """The first needle of two biopsies side by side, each stain as ``side_by_side_<stain>.png``; the paths."""
    sections = [read_section(needles[0].folder / SECTION) for needles in both]
    paths = [Path(folder) / f"side_by_side_{stain}.png" for stain in stains]
    for path, stain in zip(paths, stains, strict=True):
        write_whole(path, lambda draft, s=stain: write_pair(*sections, draft, titles, s), force=True)
    return paths


def mean_and_range(values):
    """(mean, lowest, highest) of what could be measured; three times nan where nothing could."""
    known = [v for v in values if not math.isnan(v)]
    return (float(np.mean(known)), min(known), max(known)) if known else (math.nan,) * 3


def _one(course, asked, k, place, tell, threads):
    seed, checkpoint = needle_seed(asked.seed, k), place.parent / f".{place.name}.checkpoint"
    days = needle_days(asked.day, asked.history_days, asked.film)
    frames = _Frames(place.parent / f".{place.name}.frames", asked.film, len(days))
    grown = grow_needle(
        course, asked.day, seed=seed, size_mm2=asked.size_mm2, history_days=asked.history_days, film=asked.film,
        skip=frames.kept, progress=lambda share: tell(SHARE_GROWING * share, "growing"), threads=threads,
        checkpoint=checkpoint,
    )  # fmt: skip
    for section in grown:
        frames.keep(section)

    def write(draft):
        draft.mkdir()
        _write_needle(section, draft, asked, frames, tell)

    sweep([place])
    write_whole(place, write)
    frames.forget()
    checkpoint.unlink(missing_ok=True)


class _Frames:
    """The sections of a film on the disk while the needle grows, so that a run that was stopped goes on with them.

    A frame is kept before the next one is grown, so the checkpoint is at the last frame or at the one that comes next.
    """

    def __init__(self, folder, film, days):
        self.folder, self.film = folder, film
        kept = len(list(folder.glob("*.npz"))) if film and folder.is_dir() else 0
        self.kept = min(kept, days - 1)  # the biopsy itself is grown to its end, with its history

    def keep(self, section):
        if self.film:
            self.folder.mkdir(exist_ok=True)
            path = self.folder / f"{self.kept:04}.npz"
            os.replace(write_section(section, path.with_suffix(".part")), path)
            self.kept += 1

    def film_of(self, path):
        reel = None
        for k in range(self.kept):
            section = read_section(self.folder / f"{k:04}.npz")
            reel = reel or Film(section.fascicle)
            reel.add(section)
        return reel.save(path)

    def forget(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def _write_needle(section, draft, asked, frames, tell):
    tell(SHARE_GROWING, "counting")
    found = measure_section(section)
    scores = score_findings(found)
    tell(SHARE_GROWING, "staining")
    write_slides(section, draft, asked.stains)
    write_sheet(section, draft / "sheet.png", needle_words(section, found, scores))
    tell(0.93, "scanning")
    scene = whole_scene(section, scan_magnification(asked.size_mm2))
    write_brightfield(section, draft / "HE.ome.tif", scene=scene)
    write_markers(section, draft / "markers.ome.tif", scene=scene)
    if asked.film:
        frames.film_of(draft / "film.gif")
    _write_counts(section.counts, draft / "history.csv")
    write_section(section, draft / SECTION)
    rows = [
        {"name": f.name, "value": None if math.isnan(f.value) else float(f.value), "unit": f.unit,
         "description": f.description} for f in found.values()
    ]  # fmt: skip
    items = [
        {"score": s.name, "domain": i.domain, "item": i.name, "points": i.points, "most": i.most, "why": i.why}
        for s in scores.values()
        for i in s.items
    ]
    told = {"seed": section.seed, "day": section.day, "findings": rows, "scores": items}
    (draft / FINDINGS).write_text(json.dumps(told, indent=1), encoding="utf-8")
    tell(1.0, "")


def _write_counts(counts, path):
    if counts:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(counts)
            writer.writerows(zip(*(np.asarray(c).tolist() for c in counts.values()), strict=True))


def _write_tables(folder, found):
    heads = [f"needle_{k + 1}" for k in range(len(found))] + ["mean", "low", "high"]
    rows = [["name", "unit", *heads, "description"]]
    for name, (unit, about) in found[0].units.items():
        values = [n.values[name] for n in found]
        rows.append([name, unit, *map(_number, (*values, *mean_and_range(values))), about])
    _replace(folder / TABLE, rows)
    rows = [["score", "domain", "item", *heads, "most", "why, needle_1"]]
    for k, first in enumerate(found[0].scores):
        points = [n.scores[k]["points"] for n in found]
        told = first["score"], first["domain"], first["item"]
        rows.append([*told, *map(_number, (*points, *mean_and_range(points))), _number(first["most"]), first["why"]])
    _replace(folder / SCORES, rows)


def _replace(path, rows):
    def write(draft):
        with draft.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)

    write_whole(path, write, force=True)


def _begin(folder, asked, needles, force):
    """Make the folder, or go on in it. StoreError where it is of another question, or has all needles already."""
    plain = asdict(asked) | {"stains": list(asked.stains), "version": __version__}
    if _recorded(folder) == plain:
        whole = all((folder / f"needle_{k}" / FINDINGS).exists() for k in range(1, needles + 1))
        if not whole and not force:
            return
    check_target(folder, force, no_biopsy)
    check_place(folder)
    if folder.exists():
        shutil.rmtree(folder)

    def write(draft):
        draft.mkdir()
        (draft / RECORD).write_text(json.dumps(plain, indent=1), encoding="utf-8")

    write_whole(folder, write)


def no_biopsy(folder):
    """The obstacle to a biopsy: what stands there is none of ours, or holds something else."""
    if _recorded(folder) is None:
        return "is not a biopsy"
    known = {RECORD, TABLE, SCORES}
    more = [p.name for p in folder.iterdir() if p.name not in known and not p.name.lstrip(".").startswith("needle_")]
    return f"holds {min(more)}, which is not of the biopsy" if more else ""


def _recorded(folder):
    try:
        return json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _digest(course):
    """A short name of a course: any other life gives another."""
    mark = hashlib.blake2b(digest_size=12)
    for name in sorted(map(str, course.data_vars)):
        mark.update(name.encode() + np.ascontiguousarray(course[name].values).tobytes())
    return mark.hexdigest()


def _pixels(size_mm2, magnification):
    return size_mm2 * 1e6 / (PIXEL_UM / magnification) ** 2


def _tell(progress, done):
    if progress is None:
        return lambda share, words: None
    return lambda share, words: progress(done + share, f"needle {done + 1}: {words}" if words else "")


def _number(value):
    return "" if math.isnan(value) else f"{value:.5g}"
