"""YAML documents read with care: small, plain, without aliases, and with the line of every key remembered."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from myoflare.base.errors import MyoflareError, StoreError

_HINTS = {
    "duplicate key": "write each key once",
    "another document": "keep one document to a file, without a line of '---' in its middle",
    "for the tag": "leave out the tag, the word that begins with '!'",
}
LARGEST_BYTES = 64 * 1024
DEEPEST = 20


@dataclass(frozen=True)
class Document:
    """A parsed YAML mapping. ``lines`` maps a key path such as ``("exposures", 0, "statin")`` to its line, from 1."""

    data: Mapping
    lines: Mapping[tuple, int]
    text: str
    source: str

    def where(self, *path):
        """``file:line, key path`` of the nearest key that exists, for the start of a sentence."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        line = self.lines.get(known, 1)
        return f"{self.source}:{line}, {spell(path)}" if path else f"{self.source}:{line}"


def spell(path):
    """A key path as a person writes it: ``exposures[0].statin.dose``; a key of odd letters in quotes."""
    words = (str(p) if str(p).isprintable() and " " not in str(p) else ascii(p) for p in path if not isinstance(p, int))
    return "".join(f"[{p}]" if isinstance(p, int) else f".{next(words)}" for p in path).lstrip(".")


def suggest(word, known):
    """``did you mean …?`` for the nearest known name, or the names themselves when few, or nothing."""
    known = [str(k) for k in known]
    close = get_close_matches(str(word), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(sorted(known))}" if 0 < len(known) <= 30 else ""


def science_path(*parts):
    """A file or folder of the text that ships with the package."""
    return Path(__file__).resolve().parents[1].joinpath("science", *parts)


def science_document(*parts):
    """A YAML document of ``science``; StoreError when it is missing or faulty."""
    return read_document(science_path(*parts), StoreError)


def read_document(path, error: type[MyoflareError] = StoreError):
    """Read one YAML mapping.

    Parameters
    ----------
    path: file of at most 64 KiB, UTF-8, no aliases, at most 20 levels deep.
    error: the kind of MyoflareError to raise.
    """
    path = Path(path)
    return parse_document(_read_text(path, error), str(path), error)


def parse_document(text, source, error: type[MyoflareError] = StoreError):
    """Like ``read_document``, from text; ``source`` names it in sentences."""
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        raise error(source, "the document is too large", f"at most {LARGEST_BYTES // 1024} KiB of text")
    try:
        _refuse_aliases_and_depth(text, source, error)
        loader = YAML(typ="safe", pure=True)
        data = loader.load(text)
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as fault:
        raise _marked(fault, source, error) from None
    except (YAMLError, ValueError, OverflowError, RecursionError, TypeError, KeyError, AttributeError) as fault:
        came = f"the text is not valid YAML ({_first_line(fault)})"
        raise error(source, came, "a YAML mapping of keys to values") from None
    if not isinstance(data, dict):
        came = "an empty document" if data is None else f"a {_kind(data)}"
        raise error(f"{source}:1", came, "a YAML mapping of keys to values, such as 'name: anna'")
    lines = {}
    _remember_lines(node, (), lines)
    return Document(data, lines, text, source)


def _read_text(path, error):
    try:
        if path.is_dir():
            raise error(str(path), "this is a folder", "a YAML file")
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise error(str(path), "the document is too large", f"at most {LARGEST_BYTES // 1024} KiB of text")
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise error(str(path), "there is no such file", "a YAML file") from None
    except UnicodeDecodeError:
        raise error(str(path), "the file is not text in UTF-8", "a YAML file in UTF-8") from None
    except (OSError, ValueError) as fault:
        raise error(str(path), f"the file cannot be read ({_first_line(fault)})", "a readable YAML file") from None


def _refuse_aliases_and_depth(text, source, error):
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, AliasEvent):
            where = f"{source}:{event.start_mark.line + 1}"
            raise error(where, f"an alias (*{event.anchor})", "plain values, each written out where it is used")
        if isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise error(f"{source}:{event.start_mark.line + 1}", "too many levels", f"at most {DEEPEST} levels")
        elif isinstance(event, CollectionEndEvent):
            depth -= 1


def _remember_lines(node, path, lines):
    if node.id == "mapping":
        for key, value in node.value:
            here = (*path, key.value if key.id == "scalar" else "?")
            lines[here] = key.start_mark.line + 1
            _remember_lines(value, here, lines)
    elif node.id == "sequence":
        for i, value in enumerate(node.value):
            lines[(*path, i)] = value.start_mark.line + 1
            _remember_lines(value, (*path, i), lines)


def _marked(fault, source, error):
    mark = fault.problem_mark or fault.context_mark
    where = f"{source}:{mark.line + 1}" if mark else source
    problem = _first_line(fault.problem or fault.context or "unreadable")
    hint = next((told for word, told in _HINTS.items() if word in problem), "check the indentation and quotes")
    return error(where, f"the text is not valid YAML ({problem})", "a YAML mapping of keys to values", hint)


def _first_line(fault):
    text = str(fault).strip() or type(fault).__name__
    return text.splitlines()[0][:160]


def _kind(value):
    words = {list: "list", str: "text", int: "number", float: "number", bool: "truth value"}
    return words.get(type(value), type(value).__name__)
