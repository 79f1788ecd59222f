"""What came of one life under one regimen, in the few numbers by which regimens are compared."""

import json

import numpy as np

from myoflare.clinic.thresholds import curve, days_of, thresholds

NORMAL_CK = 1.0  # multiple of the upper limit of normal
ENDS = ("MMT8", "CK", "IFN_score", "autoantibody", "IgG", "fat_fraction", "fatigue")


def first_dose_day(course):
    """The day on which treatment began; None where nothing was given."""
    days = [row["day"] for row in _doses(course)]
    return float(min(days)) if days else None


def outcomes(course, since):
    """A flat dict for the days from ``since`` on.

    ``CK_normal_day``: first day on which CK is at or under the upper limit of normal; None where there is none.
    ``MMT8_best`` and ``MMT8_best_day``. ``relapses``: periods of illness (weak muscle or raised CK, ``clinic.yaml``) of
    at least six weeks that begin after at least six weeks without. ``ill_days``: days of illness in all.
    ``…_end``: value on the last day. ``steroid_g``: steroid in g of prednisone, as the drugs that count it say.
    StoreError for a course without the read-outs by which ``clinic.yaml`` knows illness.
    """
    t = np.asarray(course["time"].values, float)
    after = t >= since
    row = {"since": float(since), "days": float(t[-1] - since)}
    if "CK_xULN" in course:
        normal = t[after & (curve(course, "CK_xULN") <= NORMAL_CK)]
        row["CK_normal_day"] = float(normal[0]) if normal.size else None
    if "MMT8" in course:
        best = int(np.argmax(np.where(after, curve(course, "MMT8"), -np.inf)))
        row |= {"MMT8_best": float(curve(course, "MMT8")[best]), "MMT8_best_day": float(t[best])}
    ill = days_of(thresholds().illness, course)
    row |= {"relapses": _relapses(t, ill, since), "ill_days": float(_length(t, ill & after))}
    row |= {f"{name}_end": float(curve(course, name)[-1]) for name in ENDS if name in course}
    return row | {"steroid_g": float(sum(course[name].values[-1] for name in steroid_curves(course)))}


def steroid_curves(course):
    """Ids of the curves that add up what was given of each steroid, in g of prednisone."""
    return [str(n) for n in course.data_vars if str(n).endswith("_cumulative") and course[n].attrs.get("units") == "g"]


def _relapses(t, ill, since):
    """Illnesses that last, each after a lasting time without; what is shorter on either side is passed over."""
    long = 7 * thresholds().weeks.value
    edges = np.flatnonzero(np.diff(ill.astype(int))) + 1
    parts = [p for p in np.split(np.arange(len(t)), edges) if p.size]
    found, quiet = 0, 0.0
    for part in parts:
        last = t[part[-1] + 1] if part[-1] + 1 < len(t) else t[part[-1]]
        length = last - max(t[part[0]], since)
        if not ill[part[0]]:
            quiet += max(length, 0.0)
        elif length >= long:
            found += int(quiet >= long and t[part[0]] >= since)
            quiet = 0.0
    return found


def _length(t, flags):
    return np.sum(np.diff(t, append=t[-1])[flags])


def _doses(course):
    raw = course.attrs.get("doses", "[]")
    return json.loads(raw) if isinstance(raw, str) else raw
