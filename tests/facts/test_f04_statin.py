"""F4: HLA-DRB1*11:01 and statin act together, and the disease outlives the drug; toxicity ends with it."""

from lab import infection, life

STATIN = "{statin: {from_day: 0, to_day: 300, dose: 1}}"
TOXIC = "{statin: {from_day: 30, to_day: 60, dose: 1}}"
DR11 = ("HLA_DRB1_11_01",)


def test_neither_alone_nor_the_average_host_falls_ill():
    assert not life("necrotising", f"[{STATIN}]").ill_at_end
    assert not life("necrotising", f"[{infection(agent='influenza_a')}]", DR11).ill_at_end


def test_both_together_cause_disease_that_persists_off_the_drug():
    person = life("necrotising", f"[{STATIN}]", DR11)
    assert person.ill_at_end
    assert person.between("CK", 600, 730).min() > 2000


def test_toxicity_resolves_when_the_statin_stops_but_not_in_the_DR11_host():
    usual = life("necrotising", f"[{TOXIC}]", muscle_statin_susceptibility=1.0)
    carrier = life("necrotising", f"[{TOXIC}]", DR11, muscle_statin_susceptibility=1.0)
    assert usual.between("CK_xULN", 30, 60).max() > 5
    assert not usual.ill_at_end
    assert usual.CK_xULN[-1] < 1
    assert carrier.ill_at_end


def test_pure_toxicity_clears_within_two_months_off_the_drug():
    person = life(exposures=f"[{TOXIC}]", muscle_statin_susceptibility=1.0)
    assert person.between("CK_xULN", 30, 60).max() > 5
    assert person.at("CK_xULN", 60 + 60) < 1
