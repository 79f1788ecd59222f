"""Courses drawn by hand, for tests of what a clinic would call them."""

import json

import numpy as np
import xarray as xr

DAYS = np.arange(0.0, 1001.0)
REST = {
    "CK": 120.0, "CK_xULN": 0.6, "MMT8": 150.0, "pain": 0.2, "fatigue": 0.5, "joint_swelling": 0.1,
    "autoantibody": 30.0, "MHC1": 0.02, "ISG15_fold": 1.0, "IFNG_fold": 1.0, "necrosis": 0.0, "capillary_index": 1.0,
    "CDASI": 0.0,
}  # fmt: skip


def course(events=(), **curves):
    """A course at rest except for ``curves``: name -> list of (first day, last day, value)."""
    data = {}
    for name, rest in REST.items():
        values = np.full(DAYS.shape, rest)
        for first, last, value in curves.get(name, ()):
            values[(first <= DAYS) & (last >= DAYS)] = value
        noise = {"noise": "0.2", "noise_distribution": "log-normal"} if name == "CK" else {}
        data[name] = ("time", values, {"long_name": name, "units": "dimensionless", "kind": "observable", **noise})
    attrs = {"patient": "drawn", "events": json.dumps(list(events)), "patient_yaml": "name: drawn\n"}
    return xr.Dataset(data, coords={"time": ("time", DAYS, {"units": "day"})}, attrs=attrs)


FLU = {"label": "influenza A", "day": 30, "end": None, "kind": "infection", "injury": "influenza myositis"}
STATIN = {"label": "Statin", "day": 30, "end": 100, "kind": "statin", "injury": "statin myopathy"}
