"""The section on a GPU, in numba's simulator of one: a process of its own, since numba chooses when it is imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TWIN = Path(__file__).with_name("gpu_twin.py")


@pytest.fixture(scope="module")
def compared():
    """What the simulated device and the CPU make of the same hours."""
    run = subprocess.run([sys.executable, TWIN], env=os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}, capture_output=True,
                         text=True, timeout=300)  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("case", ["whole hour", "crowded"])
def test_integers_are_those_of_the_cpu_bit_for_bit(compared, case):
    assert compared[case]["differs"] == []


def test_fields_agree(compared):
    assert compared["whole hour"]["field_error"] < 1e-5


def test_the_comparison_saw_what_it_is_for(compared):
    """Cells crowd, come in, hit, settle and work inside fibres."""
    seen = compared["crowded"]["seen"]
    assert seen["cells"] > 200
    assert seen["most in a place"] > 2  # the room that there is
    assert seen["entered"] > 0
    assert seen["hits"] > 10
    assert seen["settled"] > 0
    assert seen["inside, at work"] > 10


def test_a_wrong_rule_would_be_seen(compared):
    """The same hour with all hits of a step seen by every cell, as without the correction: not the same cells."""
    assert compared["hits seen by all"]["differs"] != []


def test_no_device_is_said_in_a_sentence(compared):
    """Without the simulator; a machine that has a device is where `benchmarks.gpu.tissue` belongs."""
    code = "from myoflare.tissue.gpu.device import demand_device; demand_device()"
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_ENABLE_CUDASIM"}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0 or "no CUDA device that numba can use" in run.stderr
