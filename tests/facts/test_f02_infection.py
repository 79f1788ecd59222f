"""F2: the same immune system clears ordinary infections, and faster the second time."""

from lab import infection, life

DETECTABLE = 1e5  # virions in the whole airway, about five orders below the peak [assumed assay limit]


def gone(person, day):
    """Days from an infection until virus is last detectable."""
    seen = person.t[(person.infection_virus > DETECTABLE) & (person.t >= day) & (person.t < day + 60)]
    return seen[-1] - day if len(seen) else 0.0


def test_virus_is_gone_between_day_7_and_11():
    person = life(exposures=f"[{infection(30, agent='influenza_a')}]", days=60, step=0.05)
    assert 7 <= gone(person, 30) <= 11


def test_recall_clears_within_2_to_4_days():
    exposures = f"[{infection(30, agent='influenza_a')}, {infection(200, agent='influenza_a')}]"
    person = life(exposures=exposures, days=260, step=0.05)
    assert gone(person, 200) <= 4
    assert person.between("infection_virus", 200, 260).max() < 0.05 * person.between("infection_virus", 0, 60).max()


def test_infected_cell_half_life_before_the_adaptive_response():
    model = life(days=2).values
    assert abs(0.6931 / model["infection_k_die_infected"] - 1.2) < 0.05
