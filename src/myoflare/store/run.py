"""A run folder: manifest, course, summary, patient, explanation and pages, written whole or not at all."""

import csv
import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from myoflare.base.errors import StoreError
from myoflare.store.whole import beside, check_target, put_in_place, reason

MANIFEST = "manifest.json"
COURSE = "course.zarr"
EXPLANATION = "explanation.json"


@dataclass(frozen=True)
class Run:
    """One run read back: what it is made of (``manifest``), the course, its summary row and its explanation, if any."""

    folder: Path
    manifest: Mapping
    course: xr.Dataset
    summary: Mapping[str, str]
    explanation: Mapping | None


def write_run(folder, course, *, summary=None, explanation=None, tables=None, pages=None, force=False):
    """Write a run and return its folder.

    Parameters
    ----------
    folder: final name; must not exist unless ``force`` is given, and then it must be a run and hold nothing else.
    course: dataset over ``time``; its attributes name patient, seed, model digest, solver and tolerances.
    summary: one row of plain values for ``summary.csv``.
    explanation: plain data for ``explanation.json``.
    tables: file name -> dataset over ``time`` (``measured.csv`` is written so).
    pages: file name -> function that writes it, given a path (``report.html`` is written so).

    Raises
    ------
    StoreError: the folder exists, cannot be written, or the disk is full. Nothing is left under the final name.
    """
    folder = Path(folder)
    check_target(folder, force, no_run)
    with beside(folder) as draft:
        _write_parts(draft, course, summary or {}, tables or {})
        _write_told(draft, explanation, pages or {})
        _write_manifest(draft, course)
        put_in_place(draft, folder)
    return folder


def rewrite_run(run, *, explanation, pages=None):
    """A new explanation and new pages in the same run; every other file of the folder stays as it is.

    The old ones stay until the new ones are whole, and come back when they cannot be put in place.
    """
    folder = run.folder.resolve()
    listed = run.manifest["files"]
    for name in (EXPLANATION, *(pages or {})):
        if name not in listed and os.path.lexists(folder / name):
            raise StoreError(str(run.folder / name), "this is not of the run", "a free name", "move it away first")
    with beside(folder) as draft:
        _write_told(draft, explanation, pages or {})
        files = dict(sorted({**listed, **list_files(draft)}.items()))
        (draft / MANIFEST).write_text(json.dumps({**run.manifest, "files": files}, indent=1), encoding="utf-8")
        _replace_files(draft, folder)
    return run.folder


def _replace_files(draft, folder):
    """Move every file of ``draft`` into ``folder``, or none."""
    moved = []
    aside = draft / ".aside"
    aside.mkdir()
    try:
        for new in [p for p in draft.iterdir() if p.is_file()]:
            moved.append(new.name)
            if (folder / new.name).exists():
                os.rename(folder / new.name, aside / new.name)
            os.rename(new, folder / new.name)
    except BaseException:
        for name in moved:
            if (aside / name).exists():
                os.replace(aside / name, folder / name)
            elif not (draft / name).exists():
                (folder / name).unlink()
        raise


def read_run(folder):
    """Read a run; StoreError when the folder is none, is incomplete, or a file differs from its manifest."""
    folder = Path(folder)
    manifest = _read_json(folder / MANIFEST, folder)
    if not _ours(manifest):
        came = "this is not the manifest of a run"
        raise StoreError(str(folder / MANIFEST), came, "the manifest that 'myoflare run' wrote")
    for name, digest in manifest["files"].items():
        if not _unchanged(folder / name, digest):
            came = "the file is missing or was changed after the run"
            raise StoreError(str(folder / name), came, "the file that the manifest lists")
    try:
        with xr.open_zarr(folder / COURSE, consolidated=False) as stored:
            course = stored.load()
        with (folder / "summary.csv").open(newline="", encoding="utf-8") as file:
            summary = next(csv.DictReader(file), {})
    except Exception as fault:  # whatever a reader of foreign bytes may raise
        came = f"the run cannot be read ({reason(fault)})"
        raise StoreError(str(folder), came, "a folder written by 'myoflare run'") from None
    if course.sizes.get("time", 0) < 2 or "time" not in course.coords:
        raise StoreError(str(folder / COURSE), "it has no course through time", "the course that 'myoflare run' wrote")
    why = _read_json(folder / EXPLANATION, folder) if EXPLANATION in manifest["files"] else None
    return Run(folder, manifest, course, summary, why)


def is_run(folder):
    """Whether a folder holds a course and a manifest of ours."""
    folder = Path(folder)
    try:
        return (folder / COURSE).is_dir() and _ours(_read_json(folder / MANIFEST, folder))
    except StoreError:
        return False


def no_run(folder):
    """The obstacle to a run: what stands there is no run, or it holds files that the run did not write."""
    if not is_run(folder):
        return "is not a run"
    listed = {MANIFEST, *_read_json(folder / MANIFEST, folder)["files"]}
    more = next((name for name in _names(folder) if name not in listed), None)
    return f"holds {more}, which is not of the run" if more else ""


def list_files(folder):
    """Files below ``folder`` with their SHA-256, sorted, the manifest left out."""
    folder = Path(folder)
    return {name: _sha256(folder / name) for name in _names(folder) if name != MANIFEST}


def _names(folder):
    """What stands below ``folder``, sorted, without the folders themselves."""
    found = []
    for place, folders, files in os.walk(folder):
        links = [f for f in folders if os.path.islink(os.path.join(place, f))]
        found += [Path(place, name).relative_to(folder).as_posix() for name in (*files, *links)]
    return sorted(found)


def _ours(manifest):
    if not isinstance(manifest, dict):
        return False
    files = manifest.get("files")
    return isinstance(files, dict) and bool(files) and {"version", "digest"} <= set(manifest)


def _unchanged(path, digest):
    try:
        return path.is_file() and _sha256(path) == digest
    except (OSError, ValueError):
        return False


def _write_parts(draft, course, summary, tables):
    with warnings.catch_warnings():
        # So that a plain ``xr.open_zarr`` is silent; that Zarr 3 has not yet settled this is no news to the user.
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        course.to_zarr(draft / COURSE, mode="w", consolidated=True)
    (draft / "patient.yaml").write_text(str(course.attrs.get("patient_yaml", "")), encoding="utf-8")
    with (draft / "summary.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(summary))
        writer.writeheader()
        writer.writerow(summary)
    for name, table in tables.items():
        table.to_dataframe().to_csv(draft / name, float_format="%.5g")


def _write_told(draft, explanation, pages):
    if explanation is not None:
        (draft / EXPLANATION).write_text(json.dumps(explanation, indent=1), encoding="utf-8")
    for name, write in pages.items():
        write(draft / name)


def _write_manifest(draft, course):
    keep = ("patient", "subtype", "version", "digest", "seed", "solver", "tolerances", "duration_s", "status")
    manifest = {key: _plain(course.attrs[key]) for key in keep if key in course.attrs}
    manifest["days"] = float(course["time"][-1])
    manifest["files"] = list_files(draft)
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _read_json(path, folder):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        expected = "a folder written by 'myoflare run', with a manifest.json"
        raise StoreError(str(folder), "this is not a run", expected) from None
    except (OSError, ValueError, RecursionError) as fault:
        came = f"the file cannot be read ({reason(fault)})"
        raise StoreError(str(path), came, "the JSON that 'myoflare run' wrote") from None


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(value):
    return value.item() if hasattr(value, "item") else value
