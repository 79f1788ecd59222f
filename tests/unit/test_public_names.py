"""What users may build on: pinned, sorted, loadable, documented."""

import subprocess
import sys
from types import ModuleType

import pytest

import myoflare

PUBLIC = [
    "Bolus", "Change", "Ensemble", "Given", "Infusion", "Model", "MyoflareError", "Patient", "Run", "Verdict",
    "biopsy", "classify", "compile_model", "diagnose", "draw_network", "explain", "list_drugs", "list_patients",
    "list_regimens", "load_drug", "load_model", "load_patient", "load_regimen", "measure", "measure_section",
    "patient_model", "read_run", "run_ensemble", "sample", "score_section", "simulate", "solve", "summarise",
    "value_and_grad", "write_demo_report", "write_omex", "write_petab", "write_report", "write_run", "write_sbml",
    "write_sheet", "write_side_by_side",
]  # fmt: skip


def test_public_names_are_pinned_and_sorted():
    assert sorted(PUBLIC) == PUBLIC == myoflare.__all__


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name):
    thing = getattr(myoflare, name)
    assert callable(thing)
    assert thing.__doc__
    assert thing.__module__.startswith("myoflare.")


def test_a_room_does_not_hide_the_function_of_its_name():
    from myoflare.simulate import advance

    assert callable(advance)
    assert not isinstance(myoflare.simulate, ModuleType)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'cure'"):
        _ = myoflare.cure


def test_importing_is_light():
    code = "import sys, myoflare; assert not {'numpy', 'xarray', 'sympy', 'matplotlib'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
