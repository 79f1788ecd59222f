"""A host without self-reactive clones never falls ill, whatever the infection."""

from lab import infection, life

from myoflare.base.streams import stream

AGENTS = ("influenza_a", "influenza_b_myotropic", "mimicking_virus", "staphylococcus_aureus_muscle", "streptococcus")


def test_200_random_infections_never_start_autoimmunity_without_self_reactive_clones():
    for i in range(200):
        draw = stream(2026, i, "infections without clones")
        agent, size = AGENTS[draw.integers(len(AGENTS))], round(float(draw.lognormal(0.7, 1.0)), 3)
        person = life("polymyositis", f"[{infection(10, size, agent)}]", ("HLA_DRB1_03_01",), days=200, step=5,
                      immunity_autoreactive_clones=0.0, immunity_Treg_supply=2e9)  # fmt: skip
        assert not person.ill_at_end, (agent, size)
        assert person.autoantibody_xULN.max() < 1, (agent, size)


def test_the_same_infections_do_find_hosts_with_clones():
    """The twin that must fail: with clones some of these infections do start disease."""
    ill = [life("polymyositis", f"[{infection(10, size)}]", ("HLA_DRB1_03_01",), days=400, step=5,
                immunity_Treg_supply=2e9).ill_at_end for size in (1, 3, 6)]  # fmt: skip
    assert any(ill)
