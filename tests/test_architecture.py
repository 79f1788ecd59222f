"""The doors open one way: a room imports only from rooms below it, and a heavy library enters through one room."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "myoflare"
FLOORS = ["base", "store", "model", "compile", "simulate", "therapy", "tissue", "clinic", "cohort"]
FLOORS += [("calibrate", "trial"), "report", ("cli", "web")]
LEVEL = {room: i for i, rooms in enumerate(FLOORS) for room in ([rooms] if isinstance(rooms, str) else rooms)}
ONE_ROOM = dict.fromkeys(("libsbml", "antimony", "petab", "libcombine"), "model")
# numba makes machine code of what `compile` generates, of the loops in `simulate` that run it, and of those over the
# agents of `tissue` and the clones of `cohort`
ONE_ROOM |= {"numba": ("compile", "simulate", "tissue", "cohort"), "llvmlite": "compile", "jax": "simulate"}
ONE_ROOM |= {"sympy": "compile", "matplotlib": "report", "PIL": "report", "tifffile": "report", "jinja2": "report"}
ONE_ROOM |= {"zarr": "store"}
ONE_ROOM |= {"click": "cli", "rich": "cli", "pydantic": ("therapy", "clinic", "cohort")}
FILES = sorted(p for p in SOURCE.rglob("*.py") if p.parent != SOURCE)


def imports(path):
    """Dotted names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from ([f"myoflare.{a.name}" for a in node.names] if node.module == "myoflare" else [node.module])


def fault(room, name):
    """What is wrong with ``room`` importing ``name``, or nothing."""
    parts = name.split(".")
    if parts[0] == "myoflare" and len(parts) > 1 and parts[1] in LEVEL and parts[1] != room:
        return "" if LEVEL[parts[1]] < LEVEL[room] else f"{room} may not import {parts[1]}"
    allowed = ONE_ROOM.get(parts[0], room)
    return "" if room in ([allowed] if isinstance(allowed, str) else allowed) else f"{parts[0]} belongs in {allowed}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down(path):
    room = path.relative_to(SOURCE).parts[0]
    assert room in LEVEL, f"{room} is not a room of the house"
    assert [f for name in imports(path) if (f := fault(room, name))] == []


WRONG_DOORS = [("model", "myoflare.cohort"), ("trial", "myoflare.calibrate"), ("clinic", "matplotlib.pyplot")]


@pytest.mark.parametrize(("room", "name"), WRONG_DOORS)
def test_a_wrong_door_is_seen(room, name):
    assert fault(room, name)
