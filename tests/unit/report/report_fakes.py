"""A synthetic course and a toy network with the shapes of the real ones, for tests of drawing only."""

import json

import numpy as np
import xarray as xr

from myoflare.model.records import Function, Model, Observable, Parameter, Reaction, Rule, Species


def _bump(t, day, width, tail=0.0):
    """A pulse at ``day`` that falls to ``tail`` of its height."""
    rise = 1 / (1 + np.exp(-(t - day) / (width / 4)))
    fall = np.exp(-np.clip(t - day, 0, None) / width)
    return rise * (tail + (1 - tail) * fall)


def _tissue(t, ill):
    necrotic = 30 * _bump(t, 40, 60, ill)
    parts = {
        "muscle_mhc": 1500 * ill * _bump(t, 30, 400, 0.9),
        "muscle_stressed": 600 * ill * _bump(t, 60, 400, 0.9),
        "muscle_strained": 0 * t,
        "muscle_leaky": 5 * _bump(t, 30, 20),
        "muscle_necrotic": necrotic,
        "muscle_gap": 0.4 * necrotic,
        "muscle_regenerating": 5 * necrotic,
        "muscle_atrophic": 2 * ill * t,
        "muscle_fibrosis": 200 + 0.3 * ill * t,
        "muscle_fat": 500 + ill * t,
    }
    return {"muscle_healthy": 25000 - sum(parts.values()), **parts}


def _states(t, ill):
    infection = 1e6 * np.exp(-(((t - 20) / 4) ** 2)) + 1e-3
    return {
        "infection_virus": (infection, "cell"),
        "muscle_IFNb": (0.1 + 5e-6 * infection + ill * _bump(t, 40, 300, 0.8), "pmol"),
        "immunity_APC": (1e4 + 1e6 * _bump(t, 22, 30, ill), "cell"),
        "immunity_Treg": (2e8 + 1e8 * _bump(t, 30, 30, ill), "cell"),
        "immunity_CD8": (1e4 + 1e8 * _bump(t, 30, 30, ill), "cell"),
        "immunity_CD4": (1e4 + 2e8 * _bump(t, 30, 30, ill), "cell"),
        "humoral_plasmablast": (1e5 + 1e7 * _bump(t, 45, 60, ill), "cell"),
        "muscle_CD8": (1e6 + 1e9 * _bump(t, 40, 50, ill), "cell"),
        "muscle_TRM": (1e5 + 3e8 * _bump(t, 90, 500, ill), "cell"),
        "muscle_M1": (1e7 + 2e9 * _bump(t, 42, 40, ill), "cell"),
        "muscle_M2": (1e7 + 2e9 * _bump(t, 50, 60, ill), "cell"),
    } | {name: (value, "g") for name, value in _tissue(t, ill).items()}


def _rules(t, ill):
    base = 0.2 + 0 * t
    return {
        "muscle_death_turnover": (base, "g/day"),
        "muscle_death_CTL": (20 * _bump(t, 42, 60, ill), "g/day"),
        "muscle_death_MAC": (2 * _bump(t, 60, 60, ill), "g/day"),
        "muscle_death_ER": (6 * _bump(t, 90, 300, ill), "g/day"),
        "muscle_death_virus": (3 * _bump(t, 22, 5), "g/day"),
    }


def _observables(t, ill):
    ck = 120 + 9000 * _bump(t, 45, 60, ill)
    force = 1 - 0.45 * _bump(t, 70, 500, 0.9) * (0.2 + ill)
    return {
        "force": (force, "dimensionless"),
        "MMT8": (150 * np.clip(force / 0.75, 0, 1), "dimensionless"),
        "CK": (ck, "U/L"),
        "CK_xULN": (ck / 200, "dimensionless"),
        "pain": (5 * _bump(t, 45, 100, ill), "dimensionless"),
        "fatigue": (6 * _bump(t, 80, 300, ill), "dimensionless"),
        "joint_swelling": (2 * _bump(t, 80, 90, 0), "dimensionless"),
        "IFN_score": (1 + 20 * ill * _bump(t, 40, 300, 0.8), "dimensionless"),
        "MHC1": (0.6 * ill * _bump(t, 40, 300, 0.8), "dimensionless"),
        "oedema": (0.3 * ill * _bump(t, 40, 300, 0.8), "dimensionless"),
        "fat_fraction": (0.02 + 1e-5 * ill * t, "dimensionless"),
        "ISG15_fold": (1 + 20 * ill * _bump(t, 40, 300, 0.8), "dimensionless"),
        "IFNG_fold": (1 + 10 * ill * _bump(t, 40, 300, 0.8), "dimensionless"),
        "necrosis": (0.01 * _bump(t, 40, 60, ill), "dimensionless"),
        "capillary_index": (1 - 0.1 * ill * _bump(t, 40, 300, 0.8), "dimensionless"),
        "autoantibody": (0.01 + 50 * ill * _bump(t, 100, 900, 0.9), "pmol/L"),
    }


def fake_course(years=3.0, ill=0.35, name="made_up"):
    """A smooth course over ``years``; ``ill`` is how much of the attack stays."""
    t = np.unique(np.concatenate([np.linspace(0, min(120, 365 * years), 241), np.linspace(0, 365 * years, 200)]))
    data = {}
    for kind, curves in (("state", _states(t, ill)), ("rule", _rules(t, ill)), ("observable", _observables(t, ill))):
        for key, (value, unit) in curves.items():
            module = key.split("_")[0] if "_" in key and kind != "observable" else "symptoms"
            attrs = {"long_name": key.replace("_", " "), "units": unit, "kind": kind, "module": module}
            data[key] = ("time", np.asarray(value, float), attrs)
    course = xr.Dataset(data, coords={"time": ("time", t, {"units": "day"})})
    events = [{"label": "influenza <A>", "day": 20.0}, {"label": "statin", "day": 200.0, "end": 400.0}]
    changed = [
        {
            "id": "k_kill",
            "value": 2.0,
            "default": 1.0,
            "unit": "1/day",
            "source": "doi:10.1/x",
            "description": "kill rate",
        }
    ]
    course.attrs = {
        "patient": name,
        "patient_yaml": "name: made_up\n# <script>alert(1)</script>\n",
        "subtype": "polymyositis",
        "seed": 7,
        "digest": "abc123def456",
        "version": "0.1.0",
        "solver": "LSODA",
        "tolerances": "rtol 1e-8, atol 1e-12",
        "duration_s": 1.5,
        "events": json.dumps([e for e in events if e["day"] < 365 * years]),
        "changed_parameters": json.dumps(changed),
    }
    return course


def fake_explanation():
    """Shares by period and counterfactuals, as plain data."""
    return {
        "shares": [
            {"period": "day 20 to 60", "mechanism": "CTL", "share": 0.7, "grams": 300.0},
            {"period": "day 20 to 60", "mechanism": "virus", "share": 0.3, "grams": 120.0},
            {"period": "day 60 to 1095", "mechanism": "CTL", "share": 0.6, "grams": 900.0},
            {"period": "day 60 to 1095", "mechanism": "ER", "share": 0.4, "grams": 500.0},
        ],
        "counterfactuals": [
            {"switch": "H_CTL", "sentence": "Without H-CTL the disease does not start.", "change": -0.9}
        ],
    }


def fake_model():
    """Two states, three reactions, one rule and one observable, with notes."""
    note = {"edges": "25", "source": "doi:10.1/y", "about": "CD8 cells kill fibres that show MHC-I."}
    return Model(
        id="toy",
        species=(
            Species("muscle_healthy", "healthy fibre", "g", 25000.0, "muscle"),
            Species("muscle_mhc", "MHC-I positive fibre", "g", 0.0, "muscle"),
            Species("muscle_CD8", "CD8 T cells in muscle", "cell", 1e6, "muscle"),
        ),
        parameters=(
            Parameter("k_kill", 1.0, "1/day", "kill rate", "doi:10.1/x", "low", "lognormal"),
            Parameter("k_mhc", 0.1, "1/day", "MHC-I gain", "assumed", "low", "lognormal"),
            Parameter("n_hill", 2.0, "dimensionless", "steepness", "assumed", "low", ""),
        ),
        functions=(Function("hill", ("x", "k", "n"), "x^n/(k^n + x^n)"),),
        rules=(
            Rule("muscle_death_CTL", "fibre death by CD8", "k_kill*muscle_CD8*muscle_mhc", "g/day", "muscle", note),
        ),
        reactions=(
            Reaction(
                "muscle_J1",
                "MHC-I appears",
                "k_mhc*muscle_healthy*hill(muscle_CD8, 1e6, n_hill)",
                {"muscle_healthy": -1, "muscle_mhc": 1},
                "muscle",
                {"edges": "20", "source": "assumed"},
            ),
            Reaction("muscle_J2", "CD8 attack", "muscle_death_CTL", {"muscle_mhc": -1}, "muscle", note),
        ),
        observables=(Observable("force", "force", "muscle_healthy/25000", "dimensionless", group="symptoms"),),
        digest="abc123def456",
    )
