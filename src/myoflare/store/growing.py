"""A folder that grows over hours and survives the death of its process: columns by patient, and a state to go on from.

While it grows it is called ``<name>.unfinished``; it gets its own name when it is whole. A number of a patient has its
fixed place in its column, so writing it twice changes nothing; the state is replaced in one move. Whatever moment the
process dies at, the last saved state and the columns up to there are right.
"""

import contextlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from myoflare.base.errors import StoreError
from myoflare.store.columns import MANIFEST, hash_file, read_json, read_manifest, unfinished
from myoflare.store.whole import beside, cannot_write, check_target, put_in_place

try:
    import fcntl
except ImportError:  # Windows: two processes on one folder are not noticed there
    fcntl = None

STATE = "state.npz"


class Growing:
    """An open ``<name>.unfinished``. Use ``open_growing``; every OSError becomes a StoreError."""

    def __init__(self, target: Path, columns: Mapping[str, tuple[str, tuple[int, ...]]]):
        self.target, self.folder = target, unfinished(target)
        self._lock, self._files = None, {}
        try:
            self._lock = _lock(self.folder)
            for name, (dtype, shape) in columns.items():
                path = self.folder / f"{name}.npy"
                mapped = np.load(path, mmap_mode="r")
                if mapped.dtype != np.dtype(dtype) or mapped.shape != tuple(shape):
                    raise StoreError(str(path), "this column has another shape", f"{dtype} of {tuple(shape)}")
                step = mapped.dtype.itemsize * int(np.prod(shape[1:], dtype=int))
                self._files[name] = (os.open(path, os.O_RDWR), mapped.offset, step, mapped.dtype)
        except (OSError, ValueError) as fault:
            self.close()
            raise StoreError(str(self.folder), f"this cannot be opened ({fault})", "a folder of an ensemble") from None
        except BaseException:
            self.close()
            raise

    def write(self, name: str, first: int, rows: np.ndarray) -> None:
        """Put ``rows`` of a column in their place, from row ``first`` on."""
        descriptor, offset, step, dtype = self._files[name]
        data = np.ascontiguousarray(rows, dtype).tobytes()
        try:
            done = 0
            while done < len(data):
                done += os.pwrite(descriptor, data[done:], offset + first * step + done)
        except OSError as fault:
            raise cannot_write(self.folder / f"{name}.npy", fault) from None

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        """Replace the state in one move, after all that it vouches for is on the disk."""
        draft = self.folder / f".{STATE}"
        try:
            for descriptor, *_ in self._files.values():
                os.fsync(descriptor)
            with draft.open("wb") as file:
                np.savez(file, **state)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.folder / STATE)
        except OSError as fault:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise cannot_write(self.folder / STATE, fault) from None

    def state(self) -> dict[str, np.ndarray] | None:
        """The last saved state; None when nothing was saved yet."""
        path = self.folder / STATE
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                return dict(stored)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as fault:
            came = f"the saved state cannot be read ({fault})"
            raise StoreError(str(path), came, "the state that was saved", "begin anew with --force") from None

    @property
    def whole(self) -> bool:
        """Whether only the name is missing."""
        return bool(read_json(self.folder)["complete"])

    def finish(self, told: Mapping, write=lambda folder: None) -> None:
        """Let ``write(folder)`` add the last files and complete the manifest by ``told`` and the list of files."""
        try:
            write(self.folder)
            for draft in (self.folder / f".{STATE}", self.folder / f".{MANIFEST}"):
                draft.unlink(missing_ok=True)
            manifest = {**read_json(self.folder), **told, "complete": True, "files": _hashes(self.folder)}
            _write_json(self.folder, manifest)
        except OSError as fault:
            raise cannot_write(self.target, fault) from None

    def place(self) -> None:
        """Give the finished folder its own name."""
        try:
            (self.folder / STATE).unlink(missing_ok=True)
            put_in_place(self.folder, self.target)
        except OSError as fault:
            raise cannot_write(self.target, fault) from None

    def discard(self) -> None:
        """Remove the folder, nothing in it being worth keeping."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        for descriptor, *_ in self._files.values():
            os.close(descriptor)
        self._files = {}
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def open_growing(target: Path, kind: str, manifest: Mapping, columns: Mapping, force: bool = False) -> Growing:
    """Begin ``target``, or go on with its ``.unfinished``, which must have been begun with the same ``manifest``.

    ``columns`` maps a name to (dtype, shape), the first axis being the patient. ``force`` replaces what stands there if
    it is of the same ``kind``. StoreError: something else stands there, it was begun otherwise, the disk has no room.
    """
    if Path(target).name in ("", ".."):
        raise StoreError(str(target), "this folder is in use", "the name of a new one", "choose another --out")
    target = Path(target).absolute()
    check_target(target, force, lambda path: _other(path, kind))
    begun = unfinished(target)
    if os.path.lexists(begun):
        _go_on(begun, kind, manifest, force)
    if not begun.exists():
        _begin(begun, kind, manifest, columns)
    return Growing(target, columns)


def _go_on(begun: Path, kind: str, manifest: Mapping, force: bool) -> None:
    why = _other(begun, kind)
    if why:
        raise StoreError(str(begun), f"this already exists and {why}", "a free name", "choose another --out")
    if force:
        lock = _lock(begun)  # not while another process works there
        shutil.rmtree(begun)
        os.close(lock)
        return
    old = read_manifest(begun, kind)
    for part, now in manifest.items():
        then = old.get(part, {})
        for key in sorted({*now, *then}):
            if now.get(key) != then.get(key):
                came = f"this was begun with another {key} ({_short(then.get(key))}, now {_short(now.get(key))})"
                hint = "choose another --out, or add --force to begin anew"
                raise StoreError(str(begun), came, "the same question as before", hint)


def _begin(begun: Path, kind: str, manifest: Mapping, columns: Mapping) -> None:
    with beside(begun) as draft:
        for name, (dtype, shape) in columns.items():
            _reserve(draft / f"{name}.npy", np.dtype(dtype), tuple(shape))
        _write_json(draft, {"kind": kind, **manifest, "complete": False})
        os.rename(draft, begun)


def _reserve(path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> None:
    """An array of zeros on disk whose room is taken now, so that a full disk is heard of before the work begins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.flush()
        size = file.tell() + dtype.itemsize * int(np.prod(shape, dtype=int))
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)


def _lock(folder: Path) -> int | None:
    """Hold the folder until this process ends, however it ends."""
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        came = "another process is at work in this folder"
        raise StoreError(str(folder), came, "one process at a time", "wait for it, or choose another --out") from None
    return descriptor


def _other(path: Path, kind: str) -> str:
    """Why not even ``force`` may replace a folder: it is of another kind, or holds what we did not write."""
    try:
        manifest = read_manifest(path, kind)
    except StoreError:
        return f"is no folder of {kind}"
    if not manifest.get("complete"):
        return ""
    known = {MANIFEST, *manifest.get("files", {})}
    more = next((name for name in _names(path) if name not in known), None)
    return f"holds {more}, which is not of it" if more else ""


def _names(folder: Path) -> list[str]:
    found = (Path(place, name) for place, _, files in os.walk(folder) for name in files)
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _hashes(folder: Path) -> dict[str, str]:
    return {name: hash_file(folder / name) for name in _names(folder) if name not in (MANIFEST, STATE)}


def _write_json(folder: Path, data: Mapping) -> None:
    draft = folder / f".{MANIFEST}"
    draft.write_text(json.dumps(data, indent=1), encoding="utf-8")
    os.replace(draft, folder / MANIFEST)


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
