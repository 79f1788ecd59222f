"""A run folder: manifest, course, summary, patient, explanation and pages, written whole or not at all."""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from myoflare.base.errors import StoreError
from myoflare.store.whole import beside, check_target, put_in_place, reason

MANIFEST = "manifest.json"
COURSE = "course.zarr"


@dataclass(frozen=True)
class Run:
    """One run read back: what it is made of (``manifest``), the course, its summary row and its explanation, if any."""

    folder: Path
    manifest: Mapping
    course: xr.Dataset
    summary: Mapping[str, str]
    explanation: Mapping | None


def write_run(folder, course, *, summary=None, explanation=None, pages=None, force=False):
    """Write a run and return its folder.

    Parameters
    ----------
    folder: final name; must not exist unless ``force`` is given, and then it must be a run.
    course: dataset over ``time``; its attributes name patient, seed, model digest, solver and tolerances.
    summary: one row of plain values for ``summary.csv``.
    explanation: plain data for ``explanation.json``.
    pages: file name -> function that writes it, given a path (``report.html`` is written so).

    Raises
    ------
    StoreError: the folder exists, cannot be written, or the disk is full. Nothing is left under the final name.
    """
    folder = Path(folder)
    check_target(folder, force, is_run)
    with beside(folder) as draft:
        _write_parts(draft, course, summary or {}, explanation, pages or {})
        _write_manifest(draft, course)
        put_in_place(draft, folder)
    return folder


def rewrite_run(run, *, explanation, pages=None):
    """The same run with a new explanation and new pages; the old one stays until the new one is whole."""
    return write_run(run.folder, run.course, summary=run.summary, explanation=explanation, pages=pages, force=True)


def read_run(folder):
    """Read a run; StoreError when the folder is none, is incomplete, or a file differs from its manifest."""
    folder = Path(folder)
    manifest = _read_json(folder / MANIFEST, folder)
    for name, digest in manifest.get("files", {}).items():
        if not (folder / name).is_file() or _sha256(folder / name) != digest:
            came = "the file is missing or was changed after the run"
            raise StoreError(str(folder / name), came, "the file that the manifest lists")
    try:
        with xr.open_zarr(folder / COURSE, consolidated=False) as stored:
            course = stored.load()
        with (folder / "summary.csv").open(newline="", encoding="utf-8") as file:
            summary = next(csv.DictReader(file), {})
    except (OSError, ValueError, KeyError) as fault:
        came = f"the run cannot be read ({reason(fault)})"
        raise StoreError(str(folder), came, "a folder written by 'myoflare run'") from None
    explanation = folder / "explanation.json"
    return Run(folder, manifest, course, summary, _read_json(explanation, folder) if explanation.exists() else None)


def is_run(folder):
    """Whether a folder carries a manifest."""
    return (Path(folder) / MANIFEST).is_file()


def list_files(folder):
    """Files below ``folder`` with their SHA-256, sorted, the manifest left out."""
    files = sorted(p for p in Path(folder).rglob("*") if p.is_file() and p.name != MANIFEST)
    return {p.relative_to(folder).as_posix(): _sha256(p) for p in files}


def _write_parts(draft, course, summary, explanation, pages):
    course.to_zarr(draft / COURSE, mode="w", consolidated=False)
    (draft / "patient.yaml").write_text(str(course.attrs.get("patient_yaml", "")), encoding="utf-8")
    with (draft / "summary.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(summary))
        writer.writeheader()
        writer.writerow(summary)
    if explanation is not None:
        (draft / "explanation.json").write_text(json.dumps(explanation, indent=1), encoding="utf-8")
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
    except (OSError, ValueError) as fault:
        came = f"the file cannot be read ({reason(fault)})"
        raise StoreError(str(path), came, "the JSON that 'myoflare run' wrote") from None


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(value):
    return value.item() if hasattr(value, "item") else value
