"""A hundred times the patients, the same memory."""

import tracemalloc

from ensemble_fakes import ensemble, quick

from myoflare.simulate.ensemble import run_ensemble


def peak(patients, folder):
    """Bytes held at most, NumPy's among them."""
    tracemalloc.start()
    try:
        run_ensemble(ensemble(patients), folder, engine=quick, save_every_s=1.0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_flat_from_ten_thousand_to_a_million(tmp_path):
    peak(1000, tmp_path / "warm")
    few, many = peak(10_000, tmp_path / "few"), peak(1_000_000, tmp_path / "many")
    assert many < few + 2**20
