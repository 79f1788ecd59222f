"""A small cohort of ill people who differ in how strongly they are attacked and how well they repair. Not a test."""

from functools import cache

from lab import SICK, cure, life, vary

DIFFER = ("muscle_kills_per_CTL", "muscle_k_INT", "muscle_k_rebuild", "muscle_k_mature", "muscle_k_fat_FAP",
          "muscle_site_k_drain", "muscle_k_leak_EC", "immunity_K_site", "humoral_k_plasmablast", "muscle_SC_total",
          "symptoms_w_pain_sensitised", "symptoms_w_pain_TNF", "symptoms_w_fatigue_IL6", "symptoms_w_fatigue_IFN",
          "symptoms_k_fatigue", "symptoms_K_pain", "symptoms_K_fatigue")  # fmt: skip
BASELINE, FOLLOW_UP = 365, 365 + 930  # follow-up of a median of 31 months in the source


@cache
def cohort(size_each=14, spread=0.35):
    """Lives of ``4 * size_each`` people, treated to a cure at BASELINE; those who never fell ill are left out."""
    people = []
    for subtype, host in SICK.items():
        for i in range(size_each):
            dice = vary(DIFFER, i, spread, f"cohort {subtype}")
            person = life(days=FOLLOW_UP, interventions=cure(BASELINE), **(host | dice))
            person.subtype = subtype
            if person.at("CK_xULN", BASELINE) > 1 or person.at("MMT8", BASELINE) < 142:
                people.append(person)
    return people
