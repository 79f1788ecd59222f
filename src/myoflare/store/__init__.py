"""Run folders and documents: what comes in from files and what goes out to them."""

from myoflare.store.document import Document, read_document, science_document, science_path, suggest
from myoflare.store.run import Run, is_run, list_files, no_run, read_run, rewrite_run, write_run
from myoflare.store.whole import check_place, check_target, sweep, write_whole

__all__ = [
    "Document",
    "Run",
    "check_place",
    "check_target",
    "is_run",
    "list_files",
    "no_run",
    "read_document",
    "read_run",
    "rewrite_run",
    "science_document",
    "science_path",
    "suggest",
    "sweep",
    "write_run",
    "write_whole",
]
