"""One row that sums a course up, as a table in a paper would."""

import numpy as np

from myoflare.clinic.verdict import diagnose

EXTREMES = {"CK": "max", "MMT8": "min", "pain": "max", "fatigue": "max", "joint_swelling": "max"}


def summarise(course, verdict=None):
    """A flat dict: patient, verdict, onset_day, and peak or lowest value of each core read-out with its day.

    ``CK_max`` in U/L, ``MMT8_min`` in points of 150, ``pain_max``, ``fatigue_max`` and ``joint_swelling_max`` 0 to 10,
    and ``…_day`` beside each. Read-outs that the course lacks are left out.
    """
    verdict = verdict or diagnose(course)
    onset = "" if verdict.onset_day is None else round(verdict.onset_day, 1)
    row = {
        "patient": course.attrs.get("patient", ""),
        "verdict": verdict.label,
        "onset_day": onset,
        "sentence": verdict.sentence,
    }
    times = np.asarray(course["time"].values, float)
    for name, side in EXTREMES.items():
        if name in course:
            values = np.asarray(course[name].values, float)
            at = int(values.argmax() if side == "max" else values.argmin())
            row |= {f"{name}_{side}": float(f"{values[at]:.5g}"), f"{name}_{side}_day": round(float(times[at]), 2)}
    return row
