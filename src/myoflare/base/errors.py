"""Failure at the door: one sentence that says where, what came, what was expected, and what to try."""


class MyoflareError(Exception):
    """A fault in what the user gave. The command line prints it as one sentence and exits with 2.

    Parameters
    ----------
    where: the file, key path, reaction or argument at fault.
    came: what was found there.
    expected: what would have been right.
    hint: what to try next; may be empty.
    """

    def __init__(self, where: str, came: str, expected: str, hint: str = ""):
        self.where, self.came, self.expected, self.hint = where, came, expected, hint
        sentence = f"{where}: {came}; expected {expected}"
        super().__init__(f"{sentence}. {hint}" if hint else f"{sentence}.")


class ModelError(MyoflareError):
    """The network or one of its tables is faulty."""


class PatientError(MyoflareError):
    """A patient document is faulty."""


class SimulationError(MyoflareError):
    """The solver could not go on, or the resting state does not exist."""


class StoreError(MyoflareError):
    """A run folder cannot be read or written."""


class TherapyError(MyoflareError):
    """A dose or a regimen makes no sense."""


class TissueError(MyoflareError):
    """A section of muscle, or what is asked of it, makes no sense."""
