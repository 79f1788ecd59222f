"""All that ``myoflare bench`` does: case after case, peer after peer, kept as it comes."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import measure, process
from benchmarks.cases import NETWORKS, cases
from benchmarks.machine import describe
from benchmarks.peers import PEERS, find
from benchmarks.report import write

RESULTS = Path(__file__).parent / "results"
SEED = 7
MEMORY_NETWORK, BLOCK = "disease", 512


def run(
    networks: Sequence[str] = NETWORKS,
    peers: Sequence[str] = tuple(PEERS),
    quick: bool = False,
    out: Path | None = None,
    seed: int = SEED,
    tell: Callable[[str], None] = print,
) -> dict:
    """Measure and return everything; ``<out>.json`` and ``<out>.md`` are written after every case.

    After Ctrl-C the finished cases are kept and ``finished`` is False.
    """
    budget = measure.QUICK if quick else measure.Budget()
    modules, absent = _modules(peers)
    found = {
        "machine": describe(seed), "budget": measure.plain(budget), "rtol": measure.RTOL, "absent": absent,
        "peers": {n: {"version": v, "what": m.MAKES} for n, (m, v) in modules.items()},
        "cases": [], "starts": {}, "memory": [], "finished": False,
    }  # fmt: skip
    out = out or RESULTS / ("quick" if quick else "bench")
    for name, why in absent.items():
        tell(f"{name} is left out: {why}")
    try:
        for case in cases(networks, budget.patients, seed, budget.days, tell):
            found["cases"].append(_case(case, modules, budget, tell))
            write(found, out)
        _apart(found, networks, budget, out, tell)
        found["finished"] = True
    except KeyboardInterrupt:
        tell("Stopped; what was finished is kept.")
    finally:
        gc.unfreeze()
    write(found, out)
    return found


def _modules(peers):
    modules, absent = {}, {}
    for name in peers:
        module, version = find(name)
        if module is None:
            absent[name] = version
        else:
            modules[name] = (module, version)
    return modules, absent


def _case(case, modules, budget, tell) -> dict:
    mine, exact, errors = measure.own(case, budget)
    entry = {
        "network": case.network, "scenario": case.scenario, "states": len(case.program.states),
        "params": len(case.program.params), "actions": len(case.schedule), "patients": len(case.params),
        "own": measure.plain(mine), "peers": [], "faults": {},
    }  # fmt: skip
    tell(f"{case.name}: {1e3 * mine.seconds:.3g} ms a patient by {mine.solver}")
    for name, (module, version) in modules.items():
        few = replace(budget, checked=min(budget.checked, 4)) if name != "roadrunner" else budget
        try:
            other = measure.against(case, name, version, module, mine, exact[: few.checked], errors, few)
        except Exception as fault:  # a peer that breaks is a finding, and the others go on
            entry["faults"][name] = f"{type(fault).__name__}: {fault}"[:300]
            tell(f"  {name}: {entry['faults'][name]}")
            continue
        entry["peers"].append(measure.plain(other))
        tell(f"  {name}: {1e3 * other.seconds:.3g} ms a patient, ratio {other.ratio[0]:.3g}")
    return entry


def _apart(found, networks, budget, out, tell):
    """Start-up and memory, each in a process of its own."""
    for network in (n for n in ("immuno", "disease") if n in networks and budget.cold):
        tell(f"{network}: first answer of a new process")
        found["starts"][network] = process.starts(network, budget.cold)
        write(found, out)
    blocks = (0, BLOCK) if budget.many and MEMORY_NETWORK in networks else ()
    if blocks:
        process.apart("memory", MEMORY_NETWORK, 8, 0)  # compiles what the cache lacks: a compiler's memory is no run's
    for block in blocks:
        tell(f"{MEMORY_NETWORK}: memory of {budget.many} patients" + (f" in blocks of {block}" if block else ""))
        found["memory"].append(process.apart("memory", MEMORY_NETWORK, budget.many, block))
        write(found, out)
