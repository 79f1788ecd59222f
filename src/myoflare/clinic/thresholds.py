"""The thresholds of ``science/clinic.yaml`` as records, and days on which they are met."""

import math
from functools import cache

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from myoflare.base.errors import StoreError
from myoflare.store import science_document


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """A bound on one read-out, looked for on any day, on the mean, or on the last day of a period."""

    observable: str
    above: float | None = None
    below: float | None = None
    over: str = Field(default="any", pattern="^(any|mean|last)$")


class Sign(_Strict):
    """Something a clinic sees when any of its conditions is met."""

    about: str
    any: list[Condition]
    source: str
    reason: str


class Kind(_Strict):
    """A name for a myositis whose conditions all hold during the illness."""

    key: str
    label: str
    all: list[Condition]
    source: str
    reason: str


class Weeks(_Strict):
    """How long an illness must last."""

    value: float = Field(gt=0)
    source: str
    reason: str


class Visits(_Strict):
    """How many days lie between the visits at which a clinic measures."""

    days: float = Field(gt=0)
    source: str
    reason: str


class Scale(_Strict):
    """Ends of the scale of one read-out: no measured value lies beyond them."""

    observable: str
    lowerBound: float = -math.inf
    upperBound: float = math.inf
    source: str


class Thresholds(_Strict):
    """The whole document."""

    illness: Sign
    injury: Sign
    autoimmunity: Sign
    weeks: Weeks
    visits: Visits
    scales: list[Scale]
    myositis: list[Kind]


@cache
def thresholds():
    """The shipped thresholds; StoreError naming the line when the document is faulty."""
    document = science_document("clinic.yaml")
    try:
        return Thresholds.model_validate(dict(document.data))
    except ValidationError as fault:
        first = fault.errors()[0]
        raise StoreError(document.where(*first["loc"]), first["msg"], "the shape of the shipped document") from None


def curve(course, name):
    """Values of a read-out through time; StoreError when the course lacks it."""
    if name not in course:
        raise StoreError("course", f"it has no read-out {name!r}", "every read-out that clinic.yaml names")
    return np.asarray(course[name].values, float)


def _within(condition, values):
    met = np.ones(np.shape(values), bool)
    if condition.above is not None:
        met &= values > condition.above
    if condition.below is not None:
        met &= values < condition.below
    return met


def days_of(sign, course):
    """Boolean per saved time: any condition of the sign is met."""
    return np.any([_within(c, curve(course, c.observable)) for c in sign.any], axis=0)


def holds(condition, course, start=0):
    """Whether a condition is met over the saved times from index ``start`` on."""
    values = curve(course, condition.observable)[start:]
    times = np.asarray(course["time"].values, float)[start:]
    if condition.over == "last" or len(values) == 1:
        return bool(_within(condition, values[-1]))
    if condition.over == "mean":
        return bool(_within(condition, np.trapezoid(values, times) / (times[-1] - times[0])))
    return bool(_within(condition, values).any())
