"""A straight line of statements as the text of several functions, for one long function would compile for ever."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sympy as sp

Line = tuple[sp.Symbol | str, sp.Expr]
"""A symbol, or the text that names an output, and its expression."""


@dataclass(frozen=True)
class Spelling:
    """How a text spells an expression, an output, and the values that functions pass on in the array ``w``.

    ``head`` stands above each function; ``longest`` is the number of statements in one.
    """

    head: tuple[str, ...]
    longest: int
    value: Callable[[sp.Expr, dict[sp.Symbol, str]], str]
    give: Callable[[str, str], str]
    read: Callable[[int], str]
    keep: Callable[[int, str], str]


def chunked(
    name: str, signature: str, lines: list[Line], places: Mapping[sp.Symbol, str], how: Spelling
) -> tuple[list[str], list[str], int]:
    """Source of the functions, the calls of them in order, and how many entries of ``w`` they need.

    ``places`` says where to find what the lines do not compute.
    """
    chunks = [lines[i : i + how.longest] for i in range(0, len(lines), how.longest)]
    home = {s: k for k, chunk in enumerate(chunks) for s, _ in chunk if isinstance(s, sp.Symbol)}
    travels = {s for k, chunk in enumerate(chunks) for _, e in chunk for s in e.free_symbols if home.get(s, k) != k}
    slot = {s: i for i, s in enumerate(sorted(travels, key=str))}
    source = []
    for k, chunk in enumerate(chunks):
        body = _body(chunk, places, slot, how) or ["pass"]
        source += [*how.head, f"def _{name}_{k}{signature}:", *(f"    {line}" for line in body), "", ""]
    return source, [f"    _{name}_{k}{signature}" for k in range(len(chunks))], len(slot)


def door(name: str, signature: str, calls: list[str]) -> list[str]:
    """Source of ``name``, which takes arrays and hands to each of the ``calls`` only where they begin.

    An array is seven words. Handing six of them from function to function took a tenth of a run.
    """
    places = "(" + ", ".join(f"at({x})" for x in signature.strip("()").split(", ")) + ")"
    inner = [call.replace(signature, places) for call in calls]
    return ["@_jit_door", f"def {name}{signature}:", *(inner or ["    pass"]), "", ""]


def _body(chunk: list[Line], places: Mapping[sp.Symbol, str], slot: dict[sp.Symbol, int], how: Spelling) -> list[str]:
    """One function. What comes from memory is read just before its first use."""
    local: dict[sp.Symbol, str] = {}
    body = []
    for target, e in chunk:
        for symbol in sorted(e.free_symbols, key=str):
            if symbol not in local:
                local[symbol] = f"v{len(local)}"
                body.append(f"{local[symbol]} = {places.get(symbol) or how.read(slot[symbol])}")
        value = how.value(e, local)
        if isinstance(target, str):
            body.append(how.give(target, value))
            continue
        local[target] = f"v{len(local)}"
        body.append(f"{local[target]} = {value}")
        if target in slot:
            body.append(how.keep(slot[target], local[target]))
    return body
