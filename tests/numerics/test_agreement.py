"""Two other simulators run every shipped patient from our SBML export for three years and must say what we say."""

import basico
import numpy as np
import pytest

from myoflare.cohort import list_patients, load_patient, patient_model
from myoflare.compile import compile_model
from myoflare.model.check import sbml_faults
from myoflare.model.sbml_write import to_sbml
from myoflare.simulate import advance

roadrunner = pytest.importorskip("roadrunner", exc_type=ImportError, reason="libRoadRunner does not load here")

DAYS = 3 * 365
POINTS = 366
RELATIVE, OF_MAXIMUM = 1e-4, 1e-6
# A state that never exceeds this, in its own unit, is zero to every solver: a billionth of a cell, a gram or a pmol.
NOTHING = 1e-9
NAMES = sorted(getattr(p, "name", p) for p in list_patients())


@pytest.fixture(scope="module", params=NAMES)
def case(request):
    model, initial = patient_model(load_patient(request.param))
    program = compile_model(model)
    start = np.array([initial[name] for name in program.states])
    course = advance(program, program.values, start, np.linspace(0, DAYS, POINTS), model.schedule)
    assert course.status.ok
    return program, course, to_sbml(model, initial)


def assert_agree(program, ours, theirs):
    peak = np.abs(ours).max(axis=0)
    allowed = np.maximum(RELATIVE * np.abs(ours), OF_MAXIMUM * peak) + NOTHING * (peak < NOTHING)
    excess = (np.abs(ours - theirs) / np.where(allowed > 0, allowed, NOTHING)).max(axis=0)
    worst = int(np.argmax(excess))
    assert np.isfinite(theirs).all()
    assert excess[worst] <= 1, f"{program.states[worst]} differs by {excess[worst]:.3g} times what is allowed"


def test_the_export_is_valid_with_consistent_units(case):
    faults = sbml_faults(case[2])
    assert [f for f in faults if f[1] != "Warning"] == []
    assert [f for f in faults if "unit consistency" in f[2]] == []


def test_libroadrunner_agrees(case):
    program, course, sbml = case
    other = roadrunner.RoadRunner(sbml)
    other.integrator.relative_tolerance = 1e-9
    other.integrator.setValue("absolute_tolerance", 1e-12)
    other.integrator.setValue("maximum_num_steps", 200_000)
    theirs = np.asarray(other.simulate(0, DAYS, POINTS, list(program.states)))
    assert_agree(program, course.states, theirs)


def test_copasi_agrees(case):
    program, course, sbml = case
    data = basico.load_model_from_string(sbml)
    try:
        table = basico.run_time_course(
            start_time=0, duration=DAYS, intervals=POINTS - 1, use_numbers=True, use_sbml_id=True,
            r_tol=1e-10, a_tol=1e-14, max_steps=1_000_000, model=data,
        )  # fmt: skip
    finally:
        basico.remove_datamodel(data)
    assert_agree(program, course.states, table[list(program.states)].to_numpy())


def test_a_wrong_number_would_be_noticed(case):
    program, course, _ = case
    states = course.states.copy()
    largest = int(np.argmax(np.abs(states).max(axis=0)))
    states[-1, largest] *= 1.001
    with pytest.raises(AssertionError, match=program.states[largest]):
        assert_agree(program, course.states, states)
