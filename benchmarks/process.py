"""What only a process of its own can tell: how much memory a run takes, and how long the first answer.

python -m benchmarks.process memory disease 10000 512       # in blocks of 512; 0 for all at once
python -m benchmarks.process start disease
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRAWN = 16  # patients that are drawn; more of them repeat these
LIMIT = 600  # seconds


def memory(network: str, patients: int, block: int) -> dict:
    """Peak resident size in GB of a process that keeps the read-outs of ``patients``."""
    import numpy as np

    from benchmarks.cases import cases
    from myoflare.simulate.batch import solve

    case = next(c for c in cases([network], DRAWN, 1, tell=lambda words: None) if c.scenario == "infusion")
    params, y0 = (np.resize(a, (patients, a.shape[1])) for a in (case.params, case.y0))
    solve(case.program, params[:8], y0[:8], case.times, [case.schedule] * 8, solver="rodas5p", outputs="observables")
    before = _peak()
    kept, failed = [], 0
    begun = time.process_time()
    for i in range(0, patients, block or patients):
        rows = slice(i, i + (block or patients))
        n = len(params[rows])
        batch = solve(
            case.program, params[rows], y0[rows], case.times, [case.schedule] * n, solver="rodas5p",
            rtol=1e-4, atol=case.atol(1e-4), outputs="observables",
        )  # fmt: skip
        kept.append(np.array(batch.values))
        failed += int((batch.status != 0).sum())
        del batch
    seconds = time.process_time() - begun
    return {"network": network, "patients": patients, "block": block, "before_gb": before, "peak_gb": _peak(),
            "kept_gb": sum(k.nbytes for k in kept) / 1e9, "cpu_seconds": seconds, "failed": failed}  # fmt: skip


def start(network: str) -> dict:
    """Wall-clock seconds from the first import to the first answer of one patient, part by part."""
    clock = [time.perf_counter()]
    from benchmarks import immuno
    from myoflare.compile import compile_model
    from myoflare.model import load_model
    from myoflare.simulate.batch import solve

    clock.append(time.perf_counter())
    model = load_model(immuno.FILE if network == "immuno" else None)
    clock.append(time.perf_counter())
    program = compile_model(model)
    clock.append(time.perf_counter())
    for _ in range(2):
        solve(program, program.values[None], program.guess[None], [0.0, 1.0], solver="rodas5p")
        clock.append(time.perf_counter())
    parts = dict(zip(("import", "read", "compile", "first", "second"), _differences(clock), strict=True))
    return {"network": network, **parts, "until_answer": clock[-2] - clock[0]}


def _differences(clock):
    return [b - a for a, b in zip(clock, clock[1:], strict=False)]


def _peak() -> float:
    """Most memory so far, in GB. Linux hands what the parent had to the child in ``getrusage``, but not in its file."""
    told = Path("/proc/self/status")
    if told.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", told.read_text())[1]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def apart(*words, cache: str | None = None) -> dict:
    """One of the functions above in a process of its own; what came of it, or ``{"fault": why not}``."""
    surroundings = os.environ | ({"MYOFLARE_CACHE": cache} if cache else {})
    command = [sys.executable, "-m", "benchmarks.process", *map(str, words)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return {"fault": f"not done after {LIMIT} s"}
    if done.returncode:
        return {"fault": (done.stderr.strip().splitlines() or ["no message"])[-1][:300]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def starts(network: str, cold: bool) -> dict:
    """Seconds until the first answer: with nothing compiled before (``cold``), and again."""
    if not cold:
        return {"warm": apart("start", network)}
    with tempfile.TemporaryDirectory() as cache:
        return {"cold": apart("start", network, cache=cache), "warm": apart("start", network, cache=cache)}


if __name__ == "__main__":
    what, network, *numbers = sys.argv[1:]
    print(json.dumps({"memory": memory, "start": start}[what](network, *map(int, numbers))))
