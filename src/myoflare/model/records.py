"""The nouns of the network: frozen records that the text becomes and every other room reads.

Units are strings such as ``pmol/(cell*day)``; they are checked when a model is loaded and then only carried along.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Species:
    """A state variable. ``unit`` is the unit of its amount; ``rest`` its value in the text, before settling."""

    id: str
    name: str
    unit: str
    rest: float
    module: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    rest_formula: str = ""  # how ``rest`` follows from parameters, when the text says so


@dataclass(frozen=True)
class Parameter:
    """A number of the network with its provenance; a row of ``parameters.tsv``."""

    id: str
    value: float
    unit: str
    description: str = ""
    source: str = ""
    confidence: str = ""
    prior: str = ""
    lower: float = float("nan")
    upper: float = float("nan")
    estimate: bool = False
    scale: str = "lin"
    formula: str = ""  # how ``value`` follows from other quantities at the start, when the text says so


@dataclass(frozen=True)
class Reaction:
    """A process. ``law`` is its rate in native unit per day; ``stoichiometry`` maps species id to net change.

    ``continuous`` marks what changes a state without being a process of whole events: a rate rule of the text, or the
    part of a reaction whose stoichiometry is itself a quantity. Such a part is a reaction of its own.
    """

    id: str
    name: str
    law: str
    stoichiometry: Mapping[str, float]
    module: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    continuous: bool = False


@dataclass(frozen=True)
class Rule:
    """A derived quantity, ``id := formula``, evaluated in the order listed."""

    id: str
    name: str
    formula: str
    unit: str = ""
    module: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Function:
    """A named formula of arguments, such as ``hill(x, k, n)``."""

    id: str
    arguments: tuple[str, ...]
    formula: str


@dataclass(frozen=True)
class Change:
    """At ``day``, set ``parameter`` to ``value``. Every exposure becomes a list of these."""

    day: float
    parameter: str
    value: float
    label: str = ""


@dataclass(frozen=True)
class Bolus:
    """At ``day``, add ``amount`` to ``state``, in the state's unit."""

    day: float
    state: str
    amount: float
    label: str = ""


@dataclass(frozen=True)
class Infusion:
    """From ``day`` on for ``days``, add ``amount`` to ``state`` at a constant rate."""

    day: float
    state: str
    amount: float
    days: float
    label: str = ""


@dataclass(frozen=True)
class Reset:
    """At ``day``, set ``state`` to ``value``."""

    day: float
    state: str
    value: float
    label: str = ""


Action = Change | Bolus | Infusion | Reset
"""What a schedule holds. An output on the day of an action is taken after it; actions of one day keep their order."""


@dataclass(frozen=True)
class Event:
    """When ``trigger`` turns true, states or parameters are set to what the formulas of ``assignments`` give.

    SBML's own event (Level 3, section 4.11): ``delay`` (days) and ``priority`` are formulas or empty, ``initial`` is
    the truth that the trigger has before the start, ``persistent`` says that a delayed event happens though its trigger
    turned false meanwhile, ``from_trigger`` that values are those of the moment of the trigger. ``scale`` holds, for a
    species that is assigned a concentration, the volume that makes an amount of it when the assignment happens.
    """

    id: str
    trigger: str
    assignments: Mapping[str, str]
    delay: str = ""
    priority: str = ""
    initial: bool = True
    persistent: bool = True
    from_trigger: bool = True
    label: str = ""
    scale: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Symbol:
    """Formulas for what an id of an SBML text stands for there: its ``value``, and a species' two measures."""

    value: str
    amount: str = ""
    concentration: str = ""


@dataclass(frozen=True)
class Observable:
    """What an outsider can measure of the network; a row of ``observables.tsv``."""

    id: str
    name: str
    formula: str
    unit: str
    noise: str = ""
    noise_distribution: str = "normal"
    description: str = ""
    source: str = ""
    group: str = ""


@dataclass(frozen=True)
class Model:
    """One network with its tables: what is believed, and nothing of how it is run.

    ``digest`` identifies the text (structure and numbers); ``notes`` of an element hold ``edge``, ``source`` and free
    text under ``about``. ``schedule`` is empty for a network at rest and holds a patient's changes when exported.
    ``symbols`` tells of the ids of an SBML text, by id, where they are not simply a name of the network.
    """

    id: str
    species: tuple[Species, ...]
    parameters: tuple[Parameter, ...]
    functions: tuple[Function, ...]
    rules: tuple[Rule, ...]
    reactions: tuple[Reaction, ...]
    observables: tuple[Observable, ...] = ()
    schedule: tuple[Action, ...] = ()
    events: tuple[Event, ...] = ()
    digest: str = ""
    source: str = ""
    symbols: Mapping[str, Symbol] = field(default_factory=dict)

    def values(self) -> dict[str, float]:
        """Nominal parameter values by id."""
        return {p.id: p.value for p in self.parameters}
