"""Fibres answer the interferons around them: MHC-I, ER stress where it lasts, and proteins such as MxA.

The network's rates (mechanism.md edges 20, 21, 22), fibre by fibre, with the mean of the signals over each. Stress adds
to MHC-I on the fibre itself and on those that touch it. Source: half-times in ``rules.tsv``; Li 2009 Am J Pathol.
"""

import numpy as np

from myoflare.tissue.live import HEALTHY, HOURS, MHC, STRESSED, block, hill


def present(live):
    """Every hour."""
    d = live.drive
    IFNg = live.body["signal_IFNg"] * live.by_fibre["IFNg"]
    IFN1 = live.interferon(live.by_fibre)
    drive = hill(
        IFNg / d["muscle_K_MHC_IFNg"] + d["H_IFN"] * IFN1 / d["muscle_K_MHC_IFN1"]
        + d["H_ER"] * d["muscle_w_MHC_stress"] * _stress_around(live),
        d["muscle_mhc_half"], d["muscle_n_MHC"],
    )  # fmt: skip
    u = live.draw("present", np.arange(len(live.state)))[0]
    was = live.state.copy()
    raised = (was == HEALTHY) & (u < d["muscle_k_raise_MHC"] * drive / HOURS)
    fall = d["muscle_k_lower_MHC"] * block(drive, d["muscle_K_MHC_drive"]) / HOURS
    lowered = (was == MHC) & (u < fall)
    stressed = (was == MHC) & (u > 1 - d["H_ER"] * d["muscle_k_stress"] / HOURS) & ~lowered
    relieved = (was == STRESSED) & (u < d["muscle_k_relieve"] / HOURS)
    live.state[raised | relieved], live.state[lowered], live.state[stressed] = MHC, HEALTHY, STRESSED
    toward = drive - live.MHC1
    half = np.where(toward > 0, live.numbers["MHC_rise"], HOURS * live.numbers["MHC_fall"])
    live.MHC1 += toward * (1 - 0.5 ** (1 / half))
    made = d["muscle_s_ISG"] * hill(IFN1, d["muscle_K_ISG"], d["immunity_n_cooperative"])
    live.ISG += (made - d["muscle_k_lose_ISG"] * live.ISG) / HOURS


def _stress_around(live):
    """Share of stressed among a fibre and its neighbours."""
    return live.nearby((live.state == STRESSED).astype(float))
