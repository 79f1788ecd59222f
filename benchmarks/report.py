"""The figures as JSON for machines and as Markdown for people. Rows are plain strings, for a terminal too."""

import json
from pathlib import Path

from benchmarks.targets import ALONE, MEMORY_GB, OWN_ERROR, PER_CORE, verdict

HEADS = ("case", "peer", "peer ms", "ours ms", "ratio (range)", "target", "as wrong as it", "target", "alone",
         "its error", "our error")  # fmt: skip
MAIN = "roadrunner"  # the peer that targets speak of


def rows(found: dict) -> list[list[str]]:
    """One row for each case and peer, in the order of ``HEADS``."""
    shown = []
    for case in found["cases"]:
        own = case["own"]
        for peer in case["peers"]:
            target = [None, None]
            if peer["peer"] == MAIN:
                target = [PER_CORE.get(case["scenario"]), OWN_ERROR.get(case["scenario"])]
            equal = peer["own_error"] and peer["own_error"][0]
            shown.append([
                f"{case['network']}, {case['scenario']}", peer["peer"], _number(1e3 * peer["seconds"]),
                _number(1e3 * own["seconds"]), _spread(peer["ratio"]), verdict(peer["ratio"][0], target[0]),
                _spread(peer["own_error"]), verdict(equal, target[1]), _number(peer["alone"][0]),
                f"{peer['error_median']:.0e}", f"{own['error_median']:.0e}",
            ])  # fmt: skip
        shown += [[f"{case['network']}, {case['scenario']}", name, why] for name, why in case["faults"].items()]
    return shown


def notes(found: dict) -> list[str]:
    """What is promised of one patient, of memory and of the start, and where the time goes; a sentence each."""
    said = []
    for case in found["cases"]:
        own, name = case["own"], f"{case['network']}, {case['scenario']}"
        slower = [p for p in case["peers"] if p["peer"] == MAIN and p["alone"][0] < ALONE]
        said += [f"{name}: one patient alone is slower than {MAIN} ({p['alone'][0]:.2g} times)." for p in slower]
        said.append(
            f"{name}: {own['solver']}, {own['steps']:.0f} steps and {own['rejected']:.0f} rejected a patient, "
            f"{own['us_per_step']:.2g} us a step; `auto` takes {own['auto']}; "
            + "".join(f"{k} takes {1e3 * v['seconds']:.3g} ms; " for k, v in own["other"].items())
            + f"the truth is {own['truth_apart']:.0e} from LSODA's; {own['failed']} failed."
        )
    for network, start in found["starts"].items():
        for kind, parts in start.items():
            fault = parts.get("fault")
            words = fault or ", ".join(f"{k} {v:.2g} s" for k, v in parts.items() if k != "network")
            said.append(f"{network}, {kind} start: {words}.")
    for m in found["memory"]:
        if "fault" in m:
            said.append(f"Memory: {m['fault']}.")
            continue
        how = f"in blocks of {m['block']}" if m["block"] else "in one call"
        met = "met" if m["peak_gb"] < MEMORY_GB else f"over the target of {MEMORY_GB:g} GB"
        said.append(
            f"{m['patients']} patients of {m['network']} {how}, read-outs only: peak {m['peak_gb']:.2f} GB ({met}), of "
            f"which {m['before_gb']:.2f} before and {m['kept_gb']:.2f} of results; {m['cpu_seconds']:.0f} s."
        )
    said += [f"{name} was left out: {why}." for name, why in found["absent"].items()]
    return said


def write(found: dict, out: Path) -> None:
    """``<out>.json`` and ``<out>.md``."""
    out.parent.mkdir(parents=True, exist_ok=True)
    _whole(out.with_name(out.name + ".json"), json.dumps(found, indent=1, default=str) + "\n")
    _whole(out.with_name(out.name + ".md"), markdown(found))


def _whole(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def markdown(found: dict) -> str:
    machine = found["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items())
    lines = [
        "# Myoflare beside other simulators", "",
        f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, load {machine['load']} at the start; "
        f"Python {machine['python']}, {versions}; seed {machine['seed']}."
        + ("" if found["finished"] else " **Not finished.**"), "",
        f"CPU time of one core at a relative tolerance of {found['rtol']:g}, two years, saved weekly. *Ratio*: the "
        "peer's time over ours, median and range of turns that alternate; *as wrong as it*: ours loosened until its "
        "median error is the peer's; *alone*: a single patient. *Error*: worst of all states and days, median of "
        "patients.", "",
        "| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS),
        *("| " + " | ".join(row + [""] * (len(HEADS) - len(row))) + " |" for row in rows(found)), "",
        *(f"- {name} {p['version']}: {p['what']}." for name, p in found["peers"].items()), "",
        *(f"- {note}" for note in notes(found)), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _number(x: float) -> str:
    return f"{x:.3g}"


def _spread(three) -> str:
    return "none" if not three else "{:.3g} ({:.3g}–{:.3g})".format(*three)
