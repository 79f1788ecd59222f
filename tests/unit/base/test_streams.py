import numpy as np

from myoflare.base.streams import stream


def test_the_same_names_give_the_same_draws():
    assert np.array_equal(stream(7, "a", "noise", 3).random(5), stream(7, "a", "noise", 3).random(5))


def test_any_other_name_gives_other_draws():
    names = [
        (7, "a", "noise", 0),
        (8, "a", "noise", 0),
        (7, "b", "noise", 0),
        (7, "a", "dose", 0),
        (7, "a", "noise", 1),
    ]
    draws = {float(stream(*n).random()) for n in names}
    assert len(draws) == len(names)


def test_draws_of_many_patients_are_uniform_and_unrelated():
    draws = np.array([stream(1, i, "noise").random(2) for i in range(4000)])
    assert abs(draws.mean() - 0.5) < 0.02
    assert abs(np.corrcoef(draws.T)[0, 1]) < 0.06
    assert abs(np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1]) < 0.06
