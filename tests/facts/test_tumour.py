"""H-CANC: removing the tumour before the threshold is crossed cures; after it, the disease goes on without it."""

from lab import FEW_TREG, life

HOST = {"subtype": "dermatomyositis", "genome": ("HLA_DRB1_03_01",), **FEW_TREG}


def with_tumour(removed, **switches):
    exposure = f"{{tumour: {{appears_day: 30, removed_day: {removed}}}}}"
    return life(exposures=f"[{exposure}]", days=1095, **HOST, **switches)


def test_removed_early_it_cures_and_removed_late_it_does_not():
    early, late = with_tumour(60), with_tumour(400)
    assert not early.ill_at_end
    assert late.ill_at_end


def test_without_the_hypothesis_the_tumour_does_nothing():
    assert not with_tumour(400, H_CANC=0.0).ill_at_end
