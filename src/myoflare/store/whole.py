"""All or nothing: what is written appears under its final name when it is whole, and not before."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from myoflare.base.errors import MyoflareError, StoreError


def check_target(path, force=False, obstacle=None):
    """StoreError when ``path`` exists and may not be replaced. An empty folder is no obstacle.

    ``obstacle(path)`` says in words why not even ``force`` may replace what is there; nothing when it may.
    """
    path = Path(path)
    try:
        if not os.path.lexists(path) or (path.is_dir() and not any(path.iterdir())):
            return
        why = obstacle(path) if obstacle else ""
    except OSError as fault:
        raise cannot_write(path, fault) from None
    if why:
        raise StoreError(str(path), f"this already exists and {why}", "a new name", "choose another --out")
    if not force:
        hint = "choose another --out, or add --force to replace it"
        raise StoreError(str(path), "this already exists", "a new name", hint)


def no_file(path):
    """The obstacle to a file: a folder that stands there."""
    return "is a folder, not a file" if path.is_dir() and not path.is_symlink() else ""


def check_place(path):
    """StoreError when nothing could be written under the name ``path``; leaves no trace."""
    path = Path(path)
    if path.name in ("", ".."):
        raise StoreError(str(path), "this folder is in use", "the name of a new one", "choose another --out")
    missing = [p for p in path.parents if not os.path.lexists(p)]
    try:
        with beside(path):
            pass
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()


def write_whole(path, write, force=False, obstacle=no_file):
    """Let ``write(draft)`` make a file or folder, then give it the name ``path``; the draft has the same suffix."""
    path = Path(path)
    check_target(path, force, obstacle)
    with beside(path) as folder:
        draft = folder / path.name
        try:
            write(draft)
        except MyoflareError as fault:
            where = fault.where.replace(str(draft), str(path))  # the name that the user knows
            raise type(fault)(where, fault.came, fault.expected, fault.hint) from None
        put_in_place(draft, path)
    return path


@contextlib.contextmanager
def beside(path):
    """A temporary sibling folder of ``path``, removed whatever happens; failures to write become one sentence."""
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
        draft.chmod(0o755)
        yield draft
    except OSError as fault:
        raise cannot_write(path, fault) from None
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


def sweep(paths):
    """Remove drafts of ``paths`` that a process left behind when it was killed."""
    for path in paths:
        for draft in path.parent.glob(f".{path.name}.*.partial"):
            shutil.rmtree(draft, ignore_errors=True)


def put_in_place(draft, path):
    """Rename ``draft`` to ``path``; what is there is moved aside first and comes back if the rename fails."""
    aside = None
    if os.path.lexists(path):
        aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".old", dir=path.parent)) / path.name
        os.rename(path, aside)
    try:
        os.rename(draft, path)
    except BaseException:
        if aside is not None and not os.path.lexists(path):
            os.rename(aside, path)
        raise
    finally:
        if aside is not None:
            shutil.rmtree(aside.parent, ignore_errors=True)


def cannot_write(path, fault):
    """A StoreError that says what the disk said."""
    hint = "free some space" if fault.errno == 28 else "choose another --out"
    came = f"this cannot be written ({reason(fault)})"
    return StoreError(str(path), came, "a place that can be written, with enough room", hint)


def reason(fault):
    """The first line of what a fault says."""
    if isinstance(fault, FileExistsError | NotADirectoryError):
        return "a file stands where a folder is needed"
    return getattr(fault, "strerror", None) or (str(fault).splitlines() or [type(fault).__name__])[0][:160]
