"""Where results that can be made again are kept between runs."""

import functools
import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The user's cache folder (``MYOFLARE_CACHE`` names another), or a temporary one where that cannot be written."""
    chosen = os.environ.get("MYOFLARE_CACHE")
    folder = Path(chosen) if chosen else user_cache_path("myoflare") / "programs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return _passing_folder()


@functools.cache
def _passing_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="myoflare-"))


def keep(path: Path, text: str) -> None:
    """Write a file of the cache. Two processes may do so at once: each writes its own and the rename decides."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
        file.write(text)
    os.replace(file.name, path)
