"""F8: creatine kinase can be normal despite active disease, above all in dermatomyositis."""

import pytest
from lab import SICK, life, vary

from myoflare.base.errors import SimulationError

ATTACK = ("muscle_CTL_recognition", "muscle_internalisation", "muscle_endothelial_binding", "muscle_k_ISCH",
          "muscle_k_ER", "muscle_CK_bioavailability")  # fmt: skip


def active_with_normal_CK(subtype, patients=16):
    """Share of ill days, over patients with attacks of different strength, on which CK is within normal limits."""
    ill = normal = 0
    for i in range(patients):
        dice = {n: v for n, v in vary(ATTACK, i, 1.0, f"F8 {subtype}").items() if v > 0}
        row = life(subtype, days=1).values
        host = SICK[subtype] | {n: row[n] * v / nominal(n) for n, v in dice.items()}
        try:
            person = life(days=1095, **host)
        except SimulationError:  # no stable health without a trigger: not a plausible person
            continue
        active = (
            (person.t > 60) & (person.MHC1 > 0.3) & (person.IFN_score > 0.3 if subtype == "dermatomyositis" else True)
        )
        ill += active.sum()
        normal += (active & (person.CK_xULN < 1)).sum()
    return normal / max(ill, 1)


def nominal(name):
    return life(days=1).values[name]


@pytest.mark.xfail(
    strict=True,
    reason="the only self-antigen here comes from injured muscle, so disease cannot last with a normal CK; "
    "a source outside muscle (skin) and treatment, under which half of the published patients were, are missing",
)
def test_some_active_dermatomyositis_has_normal_CK_and_more_than_polymyositis():
    dermatomyositis, polymyositis = active_with_normal_CK("dermatomyositis"), active_with_normal_CK("polymyositis")
    assert dermatomyositis > 0.05
    assert dermatomyositis > polymyositis
