"""How a run of one patient ended: a value with a sentence, so that a batch goes on and counts who failed and why."""

from enum import Enum


class Status(Enum):
    """Outcome of one integration; ``str(status)`` is its sentence."""

    OK = "reached the end"
    TOO_MANY_STEPS = "the solver needed more steps than allowed between two outputs"
    NO_CONVERGENCE = "the solver could not find a step small enough to meet its tolerance"
    NOT_FINITE = "a state or a rate became infinite or not a number"
    BAD_INPUT = "the solver refused its input"
    NEGATIVE_RATE = "the rate of a reaction turned negative, which chance cannot play"
    BELOW_ZERO = "a reaction or an action took more of a state than there was"

    def __str__(self) -> str:
        return self.value

    @property
    def code(self) -> int:
        """Small number for arrays, 0 for OK; ``Status.of`` is the way back."""
        return list(Status).index(self)

    @classmethod
    def of(cls, code: int) -> "Status":
        return list(cls)[code]

    @property
    def ok(self) -> bool:
        return self is Status.OK
