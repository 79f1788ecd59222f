"""Folders of columns and one dataset, told by a manifest: how they are read, and whether they are as they were."""

import hashlib
import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from myoflare.base.errors import StoreError
from myoflare.store.whole import reason

MANIFEST, SUFFIX = "manifest.json", ".unfinished"


def unfinished(target: Path) -> Path:
    """The name that a folder has while it grows."""
    return target.with_name(target.name + SUFFIX)


def write_dataset(data: xr.Dataset, path: Path) -> None:
    """As Zarr, anew."""
    shutil.rmtree(path, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")  # not settled in Zarr 3; no news to the user
        data.to_zarr(path, mode="w", consolidated=True)


def read_dataset(path: Path) -> xr.Dataset:
    """A dataset of Zarr, in memory; StoreError when it cannot be read."""
    try:
        with xr.open_zarr(path, consolidated=False) as stored:
            return stored.load()
    except Exception as fault:  # whatever a reader of foreign bytes may raise
        raise StoreError(str(path), f"this cannot be read ({reason(fault)})", "the Zarr that was written") from None


def read_finished(folder: Path, kind: str) -> dict:
    """The manifest of a finished folder of this kind; StoreError when it is none."""
    folder = Path(folder)
    begun = unfinished(folder.absolute())
    if not folder.exists() and begun.exists():
        raise StoreError(str(folder), "this is not finished", "a finished folder", f"see {begun}")
    manifest = read_manifest(folder, kind)
    if not manifest.get("complete"):
        raise StoreError(str(folder), "this is not finished", "a finished folder")
    return manifest


def read_columns(folder: Path) -> dict[str, np.ndarray]:
    """Columns by name, left on the disk until they are looked at."""
    try:
        paths = sorted(Path(folder).rglob("*.npy"))
        return {p.relative_to(folder).with_suffix("").as_posix(): np.load(p, mmap_mode="r") for p in paths}
    except (OSError, ValueError) as fault:
        raise StoreError(str(folder), f"a column cannot be read ({reason(fault)})", "the columns written") from None


def read_manifest(folder: Path, kind: str) -> dict:
    try:
        manifest = read_json(folder)
    except (OSError, ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("kind") != kind:
        raise StoreError(str(folder), f"this is no folder of {kind}", f"a folder of {kind}")
    return manifest


def read_json(folder: Path) -> dict:
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def check_files(folder: Path, manifest: Mapping) -> None:
    """StoreError when a file of a finished folder is missing or was changed."""
    for name, digest in manifest["files"].items():
        try:
            same = hash_file(Path(folder) / name) == digest
        except OSError:
            same = False
        if not same:
            came = "the file is missing or was changed after the run"
            raise StoreError(str(Path(folder) / name), came, "the file that the manifest lists")


def hash_file(path: Path) -> str:
    with path.open("rb") as file:  # in pieces: a column may be larger than the memory
        return hashlib.file_digest(file, "sha256").hexdigest()
