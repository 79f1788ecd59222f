"""The one order of axes, for every array in the house."""

AXES = ("patient", "replicate", "time", "state")
