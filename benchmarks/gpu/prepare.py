"""Write the folder ``build`` that a machine with a GPU needs: libraries, patients and the engine's own answers.

    python -m benchmarks.gpu.prepare

Needs Myoflare and nvcc, and no GPU. ``run.py`` then needs Python with numpy, and the folder.
"""

import json
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.cases import Case, cases
from myoflare.compile.cuda import cuda_text
from myoflare.simulate.batch import solve
from myoflare.simulate.device import build, solve_on_device
from myoflare.simulate.schedule import pack

HERE = Path(__file__).parent
BUILD = HERE / "build"
PATIENTS, SEED = 256, 7  # patients who differ; larger batches repeat them
CHECKED = 32  # of them, whose course is compared
EVERY = 4  # of the weekly outputs
RTOL, SMALLEST = 1e-6, 1e-15
# The disease is stiff: the explicit solver needs 200 steps a day where the implicit one needs one in two days.
SOLVERS = {"immuno": ("tsit5", "rodas5p"), "disease": ("rodas5p",)}


def main() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir()
    patients = int(sys.argv[1]) if sys.argv[1:] else PATIENTS
    found = list(cases(("disease", "immuno"), patients, SEED))
    index = []
    for number, case in enumerate(found):
        print(case.name, flush=True)
        index.append(prepare(replace(case, times=case.times[::EVERY]), f"case{number}"))
        (BUILD / "index.json").write_text(json.dumps(index, indent=1), encoding="utf-8")
    carry_nvqsp()
    size = sum(f.stat().st_size for f in BUILD.rglob("*") if f.is_file())
    print(f"{BUILD}: {size / 2**20:.1f} MiB")


def prepare(case: Case, stem: str) -> dict:
    """Libraries and arrays of one case; its entry in the index."""
    program = case.program
    packed = pack(program, [case.schedule])
    few = slice(0, min(CHECKED, len(case.params)))
    atol = np.maximum(case.atol(RTOL), SMALLEST)  # a state that is never there has no size
    outputs = outputs_of(case)
    tight = solve(
        program, case.params[few], case.y0[few], case.times, [case.schedule] * few.stop, rtol=1e-9, atol=1e-3 * atol,
        outputs=outputs, solver="rodas5p",
    )  # fmt: skip
    scale = np.nanmax(np.abs(tight.values), axis=1, keepdims=True)
    if outputs == "states":  # a dose that is gone on every saved day still has the size that the tolerance gave it
        scale = np.maximum(scale, atol / (1e-3 * RTOL))
    constants = np.array([program.constants(p) for p in case.params])
    np.savez(
        BUILD / f"{stem}.npz", params=case.params, constants=constants, y0=case.y0, when=case.times, day=packed.day,
        kind=packed.kind, target=packed.target, value=packed.value, inflow=packed.inflows, reference=tight.values,
        scale=scale, reference_status=tight.status, atol=atol,
    )  # fmt: skip
    entry = {
        "name": case.name, "file": f"{stem}.npz", "outputs": outputs, "rtol": RTOL,
        "width": tight.values.shape[2], "libraries": {}, "cpu": on_cpu(case, atol),
    }  # fmt: skip
    for solver in SOLVERS[case.network]:
        name = f"{program.digest[:8]}_{solver}.so"
        if not (BUILD / name).exists():
            began = time.perf_counter()
            build(program, solver, BUILD / name)
            (BUILD / name).with_suffix(".cu").write_text(cuda_text(program.model, solver), encoding="utf-8")
            print(f"  {name}: nvcc took {time.perf_counter() - began:.0f} s", flush=True)
        entry["libraries"][solver] = name
        check_as_cpp(case, solver, atol, tight.values, scale)
    if not case.schedule:
        entry["nvqsp"] = build_nvqsp(case, BUILD / f"nvqsp_{program.digest[:8]}")
    elif case.scenario == "untreated":
        entry["nvqsp"] = "not run: it has no schedule, and without its exposures this network stays at rest"
    return entry


def outputs_of(case: Case) -> str:
    """Read-outs, where the network has any: a million patients' states are more than anyone keeps."""
    return "observables" if case.program.observables and case.schedule else "states"


def on_cpu(case: Case, atol: np.ndarray) -> dict:
    """Patients a second of ``simulate.solve`` here, on one thread: something to set a GPU's figures beside."""
    rates = {}
    n = min(32, len(case.params))
    for solver in SOLVERS[case.network]:
        for count in (8, n):  # the first call compiles
            began = time.perf_counter()
            solve(
                case.program, case.params[:count], case.y0[:count], case.times, [case.schedule] * count, rtol=RTOL,
                atol=atol, outputs=outputs_of(case), solver=solver,
            )  # fmt: skip
            rates[solver] = round(count / (time.perf_counter() - began), 1)
    print(f"  simulate.solve, one thread, patients a second: {rates}", flush=True)
    return {"machine": f"{os.uname().machine}, {os.cpu_count()} cores, shared with other work", "per_second": rates}


def check_as_cpp(case: Case, solver: str, atol: np.ndarray, tight: np.ndarray, scale: np.ndarray) -> None:
    """The same text by a C++ compiler, so that a fault of the text shows before a GPU is asked for."""
    library = build(case.program, solver, BUILD / "cpp.so", "c++", ["-Wno-unknown-pragmas"])
    n, began = len(tight), time.perf_counter()
    batch = solve_on_device(
        library, case.program, case.params[:n], case.y0[:n], case.times, [case.schedule] * n, rtol=RTOL, atol=atol,
        outputs=outputs_of(case),
    )  # fmt: skip
    rate = n / (time.perf_counter() - began)
    error = np.nanmax(np.abs(batch.values - tight) / (np.abs(tight) + 1e-3 * scale + 1e-300))
    steps = int(np.median(batch.steps))
    print(f"  {solver} as C++: {(batch.status == 0).sum()} of {n} reach the end, largest error {error:.1e}, "
          f"{steps} steps, {rate:.0f} patients a second on one core", flush=True)  # fmt: skip
    (BUILD / "cpp.so").unlink()


# The same right-hand side for NVIDIA's solver. It knows neither schedules nor a preparation of constants: these come
# behind the parameters, ready.
OPS = """
struct MyoflareOps {
    static constexpr int neq = N_STATES;
    static constexpr int required_theta_slots = N_PARAMS + N_CONSTANTS;
    template <class S> __device__ static void rhs(S t, const S *y, const S *theta, S *out)
    {
        ::rhs(t, y, theta, theta + N_PARAMS, out);
    }
};
#define DENSE_TSIT5_MAX_STATE_DIM 128
#define NVQSP_DENSE_TSIT5_MODEL_OPS MyoflareOps
"""


def build_nvqsp(case: Case, folder: Path) -> str:
    """Library of nvQSP's dense TSIT5 for this network, or why there is none."""
    try:
        from nvqsp import dense_tsit5
    except ImportError:
        return "not installed: pip install nvqsp, then prepare again"
    text = cuda_text(case.program.model, "tsit5")
    text = text[: text.index("// The right-hand side with the constant inflows")]
    text = text.replace("#define LANES 32", "#define LANES 1 //")
    template = (Path(dense_tsit5.__file__).parent / "kernel_template.cu").read_text(encoding="utf-8")
    guarded = f"#ifndef MYOFLARE_OPS\n#define MYOFLARE_OPS\n{text}{OPS}#endif\n{template}"  # it is included twice
    made = dense_tsit5.build_dense_tsit5_template(guarded, folder, cuda_arch="sm_90", timeout_s=600)
    if not made.ok:
        print(made.compile_result.stderr[-2000:], file=sys.stderr)
        return f"its compiler refused: {made.compile_result.stderr.strip()[-200:]}"
    name = f"{folder.name}.so"
    shutil.copy(made.library_path, BUILD / name)
    shutil.rmtree(folder)
    print(f"  {name}: nvQSP compiled", flush=True)
    return name


def carry_nvqsp() -> None:
    """The Python package of nvQSP beside the libraries: it needs numpy alone."""
    try:
        import nvqsp
    except ImportError:
        return
    shutil.copytree(
        Path(nvqsp.__file__).parent, BUILD / "site" / "nvqsp", ignore=shutil.ignore_patterns("*.so", "*pyc*")
    )


if __name__ == "__main__":
    main()
