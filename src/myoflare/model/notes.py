"""The notes of an element: ``edges``, ``source``, ``about`` and ``confidence``, written as lines and read back."""

import html
import re

KEYS = ("edges", "source", "about", "confidence")
_TAG = re.compile(r"<[^>]*>")
_KEY = re.compile(rf"(?:^|\s)({'|'.join(KEYS)}):\s")


def parse_notes(xhtml: str) -> dict[str, str]:
    """Fields of a notes block. Antimony joins their lines into one paragraph: known names tell them apart."""
    text = " ".join(html.unescape(_TAG.sub(" ", xhtml)).split()) + " "
    pieces = _KEY.split(text)
    fields = {"about": pieces[0].strip()} if pieces[0].strip() else {}
    for key, value in zip(pieces[1::2], pieces[2::2], strict=True):
        value = value.strip()
        fields[key] = f"{fields[key]}; {value}" if key in fields else value
    return fields


def write_notes(fields: dict[str, str]) -> str:
    """The same fields as XHTML that SBML accepts; empty when there are none."""
    lines = [f"<p>{key}: {html.escape(fields[key], quote=False)}</p>" for key in KEYS if fields.get(key)]
    return f'<body xmlns="http://www.w3.org/1999/xhtml">{"".join(lines)}</body>' if lines else ""
