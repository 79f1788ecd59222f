"""A section while it lives: what the rules read and write. ``grow`` makes it, plays it and freezes it."""

from dataclasses import dataclass, field

import numpy as np

from myoflare.tissue.agents import Agents
from myoflare.tissue.draws import uniforms
from myoflare.tissue.drive import Drive
from myoflare.tissue.fields import FIELDS
from myoflare.tissue.ground import Ground
from myoflare.tissue.records import Fascicle
from myoflare.tissue.states import FIBRE_STATES

(HEALTHY, MHC, STRESSED, STRAINED, LEAKY, ATROPHIC, NECROTIC, GAP, REGENERATING, FIBROSIS, FAT) = range(
    len(FIBRE_STATES)
)
LIVING = np.array([1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0], bool)  # by state
STEPS_A_DAY, STEPS_AN_HOUR = 144, 6
HOURS = 24.0


@dataclass
class Live:
    """Arrays over fibres: ``state``, ``size``, ``MHC1``, ``ISG`` (pmol as if all fibres were like it), ``hits``,
    ``debris`` left of a dead one, ``fresh`` (danger of a death, fading), ``weakness`` towards complement, ``quiescent``
    satellite cells, internal ``nuclei``, ``hypoxia`` (share of it). Over units of capillaries: ``lost``. ``amount``
    (field, ny, nx) molecules."""

    fascicle: Fascicle
    ground: Ground
    drive: Drive
    numbers: dict
    stream: np.ndarray
    threads: int
    cells: Agents
    state: np.ndarray
    size: np.ndarray
    MHC1: np.ndarray
    ISG: np.ndarray
    hits: np.ndarray
    debris: np.ndarray
    fresh: np.ndarray
    weakness: np.ndarray
    quiescent: np.ndarray
    nuclei: np.ndarray
    hypoxia: np.ndarray
    lost: np.ndarray
    amount: np.ndarray
    start_day: float
    step: int = 0
    tally: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    body: dict = field(default_factory=dict)  # what the body gives in this hour
    signal: dict = field(default_factory=dict)  # field -> (place,) pM
    by_fibre: dict = field(default_factory=dict)  # field -> (fibre,) mean pM
    scratch: dict = field(default_factory=dict)

    @property
    def day(self):
        return self.start_day + self.step / STEPS_A_DAY

    def draw(self, name, who):
        return uniforms(self.stream, name, self.step, who)

    def count(self, what, number=1):
        self.tally[what] = self.tally.get(what, 0) + number

    def as_body(self, number_at_fibre):
        """Cells in the body, had every fibre as many about it as this one."""
        return number_at_fibre * self.ground.scale * len(self.state)

    def at_fibres(self, *kinds):
        """Cells of these kinds at or inside each fibre; one between two fibres is at both."""
        body = self.ground.body
        here = self.cells.at(len(self.ground), *kinds)
        return np.add.reduceat(np.append(here[body.index], 0), body.start[:-1])

    def around(self, number):
        """Sum of a number (fibre,) over the fibres that touch each one."""
        touching = self.fascicle.touching
        total = np.add.reduceat(np.append(number[touching.index], 0.0), touching.start[:-1])
        return np.where(np.diff(touching.start) > 0, total, 0.0)

    def nearby(self, number):
        """Mean of a number (fibre,) over each fibre and those that touch it."""
        return (number + self.around(number)) / (1 + np.diff(self.fascicle.touching.start))

    def beside(self, state):
        """Whether a fibre or one that touches it is in this state, (fibre,)."""
        here = (self.state == state).astype(float)
        return here + self.around(here) > 0

    def share(self, *states):
        """Share of the fibre mass in these states."""
        return float(self.ground.mass[np.isin(self.state, states)].sum() / self.ground.mass.sum())

    def refresh(self):
        """Concentrations by place and by fibre, from the amounts."""
        per_pM, owner = self.ground.medium.molecules_per_pM, self.ground.owner
        mine = owner >= 0
        size = np.maximum(np.bincount(owner[mine], minlength=len(self.state)), 1)
        for f, name in enumerate(FIELDS):
            c = self.amount[f].ravel() / per_pM
            self.signal[name] = c
            self.by_fibre[name] = np.bincount(owner[mine], c[mine], len(self.state)) / size

    def interferon(self, where):
        """Type I interferon that acts, pM; ``where`` maps IFNb to an array."""
        acting = self.body["free_IFNb"] * self.body["signal_IFN1"] * where["IFNb"]
        return acting + self.drive["muscle_w_IFNa"] * self.body["infection_IFNa_acting"]


def sat(x, k):
    return x / (k + x)


def block(x, k):
    return k / (k + x)


def hill(x, k, n):
    return x**n / (k**n + x**n)
