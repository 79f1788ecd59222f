"""What sex and age change: rows of ``science/traits.tsv``, age interpolated between the rows of a parameter."""

from functools import cache

import numpy as np

from myoflare.model.tables import read_rows
from myoflare.store import science_path


@cache
def _rows():
    return read_rows(science_path("traits.tsv"), ("trait", "level", "parameter", "factor", "source"))


def trait_factors(sex, age_years):
    """Factors on the network's defaults for this sex and age: parameter -> (factor, who said so).

    Beyond the youngest and the oldest row of a parameter, age has the effect of that row.
    """
    by_sex = [r for r in _rows() if (r["trait"], r["level"]) == ("sex", sex)]
    factors = {r["parameter"]: (float(r["factor"]), _why(r)) for r in by_sex}
    by_age = [r for r in _rows() if r["trait"] == "age"]
    for parameter in sorted({r["parameter"] for r in by_age}):
        rows = sorted((float(r["level"]), float(r["factor"]), _why(r)) for r in by_age if r["parameter"] == parameter)
        ages, effects, why = zip(*rows, strict=True)
        before, _ = factors.get(parameter, (1.0, ""))
        nearest = int(np.argmin(np.abs(np.subtract(ages, age_years))))
        factors[parameter] = (before * float(np.interp(age_years, ages, effects)), why[nearest])
    return factors


def _why(row):
    return f"{row.get('title') or row['trait']}: {row['source']}"
