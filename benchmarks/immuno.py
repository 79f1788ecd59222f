"""The test network, stiff as written or with its cytokines at quasi-steady state; every number log-normal by 30 %."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from myoflare.base.streams import stream
from myoflare.model import formula, load_model
from myoflare.model.records import Model, Rule

FILE = Path(__file__).parent / "models" / "immuno.ant"
VARIATION = 0.3  # coefficient of variation
FIXED = ("hD", "hM", "h6", "hN", "Rinf", "trace")  # exponents, and what is no property of a patient
MADE, CLEARED = "_made", "_cleared"  # the two reactions of a cytokine


def stiff(patients: int, seed: int, days: float):
    return _patients(load_model(FILE), patients, seed)


def quasi(patients: int, seed: int, days: float):
    return _patients(quasi_steady(load_model(FILE)), patients, seed)


def _patients(model: Model, n: int, seed: int):
    """What ``cases`` asks of a network: model, params, y0, scale, exposures, oral and infused dose."""
    values = model.values()
    width = np.sqrt(np.log(1 + VARIATION**2))
    factors = np.ones((n, len(values)))
    vary = np.array([name not in FIXED for name in values])
    for i, row in enumerate(factors):
        row[vary] = np.exp(width * stream(seed, i, "immuno").standard_normal(vary.sum()) - width**2 / 2)
    params = np.array(list(values.values())) * factors
    emax = list(values).index("Emax")
    params[:, emax] = np.minimum(params[:, emax], 0.97)
    y0 = np.repeat(np.array([[s.rest for s in model.species]]), n, 0)
    return model, params, y0, np.ones(len(model.species)), (), ("Gut", 1.0), ("mAb", 2.0)


def quasi_steady(model: Model) -> Model:
    """Every cytokine that is made and cleared becomes the rule made / clearance; rules in an order that can be run."""
    laws = {r.id: r.law for r in model.reactions}
    fast = [n.removesuffix(MADE) for n in laws if n.endswith(MADE) and n.removesuffix(MADE) + CLEARED in laws]
    states = {s.id for s in model.species}
    fast = [name for name in fast if name in states]
    rules = [*model.rules]
    for name in fast:
        rate = laws[name + CLEARED].replace(" ", "").removesuffix(f"*{name}")
        rules.append(Rule(name, name, f"({laws[name + MADE]}) / {rate}"))
    gone = {name + end for name in fast for end in (MADE, CLEARED)}
    return replace(
        model, id=f"{model.id}_quasi", species=tuple(s for s in model.species if s.id not in fast),
        reactions=tuple(r for r in model.reactions if r.id not in gone), rules=_in_order(rules),
    )  # fmt: skip


def _in_order(rules: list[Rule]) -> tuple[Rule, ...]:
    waiting, done = {r.id: formula.names(formula.to_tree(r.formula)) for r in rules}, []
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            raise ValueError(f"rules that need one another: {sorted(waiting)}")
        done += ready
        waiting = {name: needs for name, needs in waiting.items() if name not in ready}
    by_id = {r.id: r for r in rules}
    return tuple(by_id[name] for name in done)
