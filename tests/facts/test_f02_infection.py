"""F2: the same immune system clears ordinary infections, and faster the second time."""

from lab import infection, life

DETECTABLE = 1e5  # virions in the whole airway, four orders below the peak [assumed assay limit]


def gone(person, day):
    """Days from an infection until virus is last detectable."""
    seen = person.t[(person.infection_virus > DETECTABLE) & (person.t >= day) & (person.t < day + 60)]
    return seen[-1] - day if len(seen) else 0.0


def test_virus_is_gone_between_day_7_and_11():
    person = life(exposures=f"[{infection(30, agent='influenza_a')}]", days=60, step=0.05)
    assert 7 <= gone(person, 30) <= 11


def effective(person, day):
    """Days from an infection until cytotoxic T cells kill at half their full rate."""
    enough = person.values["infection_K_kill_infected"]
    return person.first_day((person.t >= day) & (person.immunity_CD8_foreign >= enough)) - day


def test_T_cells_arrive_on_day_4_to_6_and_on_recall_on_day_2_to_4():
    """The second virus has drifted: antibody against the first does not fit, so that memory T cells can be seen."""
    twice = f"[{infection(30, agent='influenza_a')}, {infection(200, agent='influenza_a')}]"
    drift = [(199.0, "infection_k_neutralise", 0.0)]
    person = life(exposures=twice, days=260, step=0.05, interventions=drift)
    assert 4 <= effective(person, 30) <= 6
    assert 2 <= effective(person, 200) <= 4


def test_the_same_virus_hardly_grows_a_second_time():
    twice = f"[{infection(30, agent='influenza_a')}, {infection(200, agent='influenza_a')}]"
    person = life(exposures=twice, days=260, step=0.05)
    assert person.between("infection_virus", 200, 260).max() < 0.01 * person.between("infection_virus", 0, 60).max()
