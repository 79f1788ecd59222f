"""From the section back to the body: what 25 kg of such muscle would hold and release, and whether the account closes.

The section is a block as deep as one segment of fibre; ``attrs["scale"]`` blocks make up the muscle of the body.
"""

import numpy as np

from myoflare.tissue.agents import KINDS
from myoflare.tissue.drive import Drive
from myoflare.tissue.fields import FIELDS
from myoflare.tissue.section import Section
from myoflare.tissue.states import FIBRE_STATES


def to_body(section: Section, drive: Drive) -> dict[str, np.ndarray]:
    """Curves over ``day`` as if all muscle were like the section.

    ``<kind>`` cells; ``<fibre state>`` g; ``antigen`` g/day of fibre that died; ``CK`` U/day released into lymph;
    ``<signal>`` pmol in interstitial fluid.
    """
    counts, scale = section.counts, section.attrs["scale"]
    out = {"day": counts["day"]} | {kind: counts[kind] * scale for kind in KINDS}
    fibres = len(section.fascicle.fibres)
    for state in FIBRE_STATES:
        out[state] = counts[f"fibres_{state}"] / fibres * section.attrs["muscle_g"]
    out["antigen"] = counts["dead_g"] * scale
    out["CK"] = (
        drive["muscle_CK_content"] * drive["muscle_CK_bioavailability"] * out["antigen"] + drive["muscle_CK_rest"]
    )
    for name in FIELDS:
        out[name] = counts[f"{name}_pM"] * drive["muscle_V_fluid"]
    return out


def sent_by_body(section: Section, drive: Drive, kind="CD8") -> float:
    """Cells of a kind (CD8 or CD4) that the body sent into the block over the days of the section: the network's entry,
    hour by hour, over the scale."""
    hours = np.arange(section.counts["day"][0], section.counts["day"][-1], 1 / 24)
    given = {n: np.interp(hours, drive.day, drive.series[n]) for n in ("homing", "muscle_gate", f"immunity_{kind}")}
    a_day = given["homing"] * drive["muscle_site_k_home"] * given["muscle_gate"] * given[f"immunity_{kind}"]
    return float(a_day.sum() / 24 / section.attrs["scale"])


def account(section: Section) -> dict[str, int]:
    """Cells in and out since the section was healthy; ``error`` is what cannot be explained and must be 0."""
    c = {
        name: int(section.counts[name].sum()) for name in ("entered", "born", "woke", "left", "gone", "fused", "rested")
    }
    present = int(sum(section.counts[kind][-1] for kind in KINDS) + section.counts["dying"][-1])
    came, went = c["entered"] + c["born"] + c["woke"], c["left"] + c["gone"] + c["fused"] + c["rested"]
    return c | {"present": present, "error": came - went - present}
