"""One drug in words: where it takes hold of the body, how it is given, and published figures beside computed ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from myoflare.model import formula
from myoflare.model.records import Model
from myoflare.report.reading import compact, pretty_unit
from myoflare.therapy.checks import Assay
from myoflare.therapy.drug import Check, Drug, Standard

NOTICE = "This is a research tool and no dosing advice."
WITHIN = 0.10  # of the published figure: what a check without a published spread allows
_WHAT = {"Cmax": "highest", "Cmin": "trough", "AUC": "area under the curve", "half_life": "half-life",
         "tmax": "time of the highest"}  # fmt: skip
_RHYTHM = {0.5: "twice a day", 1.0: "daily", 7.0: "weekly"}


@dataclass(frozen=True)
class Hold:
    """One place where a drug takes hold: an id and the words of the body, and what there feels it first."""

    id: str
    words: str
    how: str
    feel: tuple[str, ...]


def holds(drug: Drug, body: Model) -> list[Hold]:
    """The hooks that the drug's rules set; ``feel`` names the body's quantities and processes that read each."""
    words = {p.id: p.description for p in body.parameters}
    return [Hold(r.id, words[r.id], r.name, _readers(body, r.id)) for r in drug.part.rules if r.id in words]


def moves(drug: Drug, body: Model) -> list[Hold]:
    """Processes of the drug that change a state of the body; ``feel`` names the states, with lost or gained."""
    names = {s.id: s.name for s in body.species}
    found = []
    for r in drug.part.reactions:
        felt = {s: n for s, n in r.stoichiometry.items() if s in names}
        if felt:
            told = tuple(f"{names[s]} ({'lost' if n < 0 else 'gained'})" for s, n in felt.items())
            found.append(Hold(r.id, r.name, "", told))
    return found


def reads(drug: Drug, body: Model) -> list[str]:
    """Names of the body's quantities that the drug's equations read, beside those that it moves."""
    known = {x.id: x.name for x in (*body.species, *body.rules)} | {p.id: p.description for p in body.parameters}
    texts = [r.formula for r in drug.part.rules] + [r.law for r in drug.part.reactions]
    used = set().union(*(formula.names(formula.to_tree(t)) for t in texts)) if texts else set()
    moved = {s for r in drug.part.reactions for s in r.stoichiometry}
    return [words or i for i, words in known.items() if i in used - moved]


def _readers(body: Model, name: str) -> tuple[str, ...]:
    """Names of what reads ``name``, each once, with the rooms of the body where several have it."""
    texts = [(r, r.formula) for r in body.rules] + [(r, r.law) for r in body.reactions]
    rooms: dict[str, list[str]] = {}
    for r, text in texts:
        if name in text and name in formula.names(formula.to_tree(text)):
            rooms.setdefault(r.name or r.id, []).append(r.module)
    return tuple(words + (f" ({', '.join(found)})" if len(found) > 1 else "") for words, found in rooms.items())


def dose_words(dose: Standard, drug: Drug) -> str:
    """A dose as one would say it, such as ``60 mg oral daily, 28 doses``."""
    said = [dose.dose, dose.route or drug.default_route]
    if dose.cap:
        said[0] += f" (at most {dose.cap})"
    if dose.over_days:
        said.append(f"over {dose.over_days:g} days")
    if dose.doses > 1:
        said.append(f"{_RHYTHM.get(dose.every_days, f'every {dose.every_days:g} days')}, {dose.doses} doses")
    person = getattr(dose, "person", {})
    told = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in person.items())
    return " ".join(said) + (f"; person: {told}" if told else "")


def check_words(check: Check, names: Mapping[str, str] | None = None) -> str:
    """What a check reads, such as ``trough of total``; ``names`` gives words for ids."""
    of = (names or {}).get(check.of, check.of)
    share = ", share of its start" if check.relative else ""
    if check.what == "at":
        return f"{of} on day {check.at_days:g}{share}"
    span = ""
    if check.what == "half_life":
        span = f", from day {check.after_days or 0:g} to {check.until_days:g} after the last dose"
    return f"{_WHAT[check.what]} of {of}{span}{share}"


@dataclass(frozen=True)
class Compared:
    """A check with the figure that the equations give, rounded as it is shown."""

    check: Check
    computed: float

    @property
    def published(self) -> str:
        c = self.check
        spread = f" ({compact(c.low)} to {compact(c.high)})" if c.low is not None and c.high is not None else ""
        return f"{compact(c.published)}{_spaced(pretty_unit(c.unit))}{spread}"

    @property
    def shown(self) -> str:
        return f"{compact(self.computed)}{_spaced(pretty_unit(self.check.unit))}"

    @property
    def deviation(self) -> str:
        if not self.check.published:
            return "–"
        return f"{round(100 * (self.computed / self.check.published - 1)) + 0:+d} %"

    @property
    def holds(self) -> bool:
        """Inside the published spread where there is one, else within a tenth of the published figure."""
        return fits(self.check, self.computed)


def fits(check: Check, computed: float) -> bool:
    """Whether ``computed`` lies inside the published spread or, without one, within ``WITHIN`` of the figure."""
    if check.low is None and check.high is None:
        return abs(computed - check.published) <= WITHIN * abs(check.published)
    low = check.low if check.low is not None else float("-inf")
    return low <= computed <= (check.high if check.high is not None else float("inf"))


def compare(assay: Assay, check: Check) -> Compared:
    """Compute the figure of ``check``. Raises TherapyError or SimulationError as ``Assay.computed`` does."""
    return Compared(check, float(f"{assay.computed(check):.4g}"))


def weak(drug: Drug) -> list[str]:
    """Ids of the drug's own parameters whose confidence is not high or medium."""
    strong = ("high", "medium", "definition")
    return [p.id for p in drug.part.parameters if p.unit and p.confidence not in strong]


def _spaced(unit):
    return f" {unit}" if unit else ""
