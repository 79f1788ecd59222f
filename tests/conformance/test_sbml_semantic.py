"""Every case of the SBML Test Suite that comes with a model: right at its own tolerances, or refused by name."""

import numpy as np
import pytest
import semantic

from myoflare.base.errors import ModelError

FOLDER = semantic.unpacked()
NUMBERS, WITHOUT = semantic.numbers(FOLDER) if FOLDER else ([], [])
# Ten thousand events each, most of them in random order: up to a minute of plain Python.
SLOW = {"00953", "00965", "01591", "01599", "01605", "01627"}
ABSENT = f"no {semantic.ARCHIVE.name} in shared/conformance beside the project"
CASES = [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in NUMBERS]


@pytest.mark.skipif(FOLDER is None, reason=ABSENT)
def test_the_archive_is_the_one_we_know():
    assert len(NUMBERS) == 839
    assert len(WITHOUT) == 72


@pytest.mark.parametrize("number", CASES or [pytest.param("none", marks=pytest.mark.skip(reason=ABSENT))])
def test_a_case_is_right_or_refused_by_name(number):
    case = semantic.read_case(FOLDER, number)
    constructs, tags = case.unsupported(), ", ".join(sorted(case.tags))
    values, refusal = None, ""
    try:
        values = semantic.run(case)
    except ModelError as fault:
        refusal = str(fault)
    if semantic.NOT_THERE in refusal and "comp:ExternalModelDefinition" in case.tags:
        pytest.skip(f"{number}: the archive lacks the file of its submodel")
    if constructs:
        assert any(construct in refusal for construct in constructs), f"{number} ({tags}): {refusal or 'it runs'}"
    else:
        assert not refusal, f"{number} ({tags}): {refusal}"
        off = semantic.worst(case, values)
        assert off <= 1, f"{number} ({tags}): {off:.3g} times what it allows"


@pytest.mark.parametrize(("shift", "right"), [(0.0, True), (0.9e-4, True), (3e-4, False), (np.nan, False)])
def test_the_judge_can_tell_right_from_wrong(shift, right):
    times, expected = np.arange(3.0), np.array([[1.0], [np.inf], [np.nan]])
    case = semantic.Case("x", None, frozenset(), {"A": "value"}, 1e-9, 1e-4, times, expected)
    assert (semantic.worst(case, expected + shift) <= 1) == right
    assert semantic.worst(case, expected[:2]) == np.inf
