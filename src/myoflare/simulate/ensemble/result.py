"""What an ensemble leaves: the population by time, the outcome of every patient, and who failed and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from myoflare.base.status import Status
from myoflare.simulate.ensemble.question import Asked
from myoflare.simulate.ensemble.reduce import ERROR, Reductions
from myoflare.store.columns import check_files, read_columns, read_dataset, read_finished

KIND = "myoflare ensemble"
REDUCTIONS = "reductions.zarr"
TOLD = 5  # patients that the report names


@dataclass(frozen=True)
class Result:
    """A finished ensemble read back.

    ``data`` holds count, mean, sd, min, max of shape (time, output), ``quantiles`` (quantile, time, output) and
    ``crossed`` (crossing, time): how many patients crossed first on that day. ``patients`` maps status, reached and
    every summary to an array by patient, and ``trajectories`` has shape (saved patient, time, output); both stay on
    the disk until they are looked at.
    """

    folder: Path
    manifest: Mapping
    data: xr.Dataset
    patients: Mapping[str, np.ndarray]
    trajectories: np.ndarray | None

    @property
    def failed(self) -> int:
        """How many patients did not reach the end."""
        return sum(n for reason, n in self.manifest["outcomes"].items() if reason != str(Status.OK))

    @property
    def quantile_names(self) -> list[str]:
        """Heads of ``last_day``: the quantiles in percent, then the mean."""
        shares = self.data["quantile"].values if "quantile" in self.data else ()
        return [*(f"{100 * q:g} %" for q in shares), "mean"]

    @property
    def last_day(self) -> list[list[str]]:
        """One row per output: name, unit, quantiles and mean on the last saved day, in words."""
        last = self.data.isel(time=-1)
        rows = []
        for name, unit in zip(last["output"].values, last["unit"].values, strict=True):
            here = last.sel(output=name)
            numbers = [*(here["quantiles"].values if "quantiles" in here else ()), here["mean"].item()]
            rows.append([str(name), str(unit), *(f"{x:.4g}" for x in numbers)])
        return rows

    @property
    def report(self) -> list[str]:
        """Sentences: how many reached the end, who did not and why, how many crossed each threshold."""
        total = self.manifest["question"]["number of patients"]
        lines = [f"{total - self.failed:,} of {total:,} patients reached the end."]
        if self.failed:
            lines += [
                f"{n:,}: {reason}." for reason, n in self.manifest["outcomes"].items() if reason != str(Status.OK)
            ]
            for who in self.manifest["failed"][:TOLD]:
                lines.append(f"Patient {who['patient']} stopped on day {who['day']:.4g}: {who['reason']}.")
        for name in self.data["crossing"].values if "crossing" in self.data else ():
            crossed = int(self.data["crossed"].sel(crossing=name).sum())
            lines.append(f"{name.removesuffix('_day')}: {crossed:,} patients ({crossed / total:.1%}).")
        return lines


def read_ensemble(folder: str | Path, check: bool = False) -> Result:
    """Read a finished ensemble; with ``check``, StoreError when a file differs from the manifest."""
    folder = Path(folder)
    manifest = read_finished(folder, KIND)
    if check:
        check_files(folder, manifest)
    columns = read_columns(folder)
    patients = {name.removeprefix("patients/"): x for name, x in columns.items() if name.startswith("patients/")}
    return Result(folder, manifest, read_dataset(folder / REDUCTIONS), patients, columns.get("trajectories"))


def dataset(asked: Asked, kept: Reductions) -> xr.Dataset:
    """The population by time, with units and names."""
    e, m = asked.ensemble, kept.moments
    seen = m.count > 0
    parts = {"count": m.count, "sd": m.sd()}
    parts |= {name: np.where(seen, x, np.nan) for name, x in (("mean", m.mean), ("min", m.low), ("max", m.high))}
    data = {name: (("time", "output"), x) for name, x in parts.items()}
    if e.quantiles:
        shares = [np.stack([h.quantile(q) for h in kept.histograms], axis=1) for q in e.quantiles]
        told = {"relative_error": ERROR, "method": "nearest rank"}
        data["quantiles"] = (("quantile", "time", "output"), np.clip(np.stack(shares), m.low, m.high), told)
    model = asked.program.model
    things = {x.id: x for x in (*model.species, *model.rules, *model.observables)}
    coords = {
        "time": ("time", asked.times, {"long_name": "time", "units": "day"}),
        "output": ("output", _words(asked.names)),
        "unit": ("output", _words(things[name].unit for name in asked.names)),
        "name": ("output", _words(things[name].name for name in asked.names)),
    }
    if e.quantiles:
        coords["quantile"] = ("quantile", [float(q) for q in e.quantiles])
    if e.crossings:
        coords["crossing"] = ("crossing", _words(c.name for c in e.crossings))
        data["crossed"] = (("crossing", "time"), kept.crossed, {"long_name": "patients who crossed first on this day"})
    return xr.Dataset(data, coords=coords, attrs={"patients": e.patients, "seed": int(e.seed)})


def _words(words: Iterable[str]) -> np.ndarray:
    """Texts of any length, which Zarr can store without a warning."""
    return np.array(list(words), dtype=object)


def outcomes(kept: Reductions) -> dict:
    """How many patients ended how, and the first that failed, as plain data for the manifest."""
    counts = {str(Status.of(int(i))): int(kept.status[i]) for i in np.flatnonzero(kept.status)}
    failed = [{"patient": patient, "day": day, "reason": reason} for patient, day, reason in kept.failed]
    return {"outcomes": counts, "failed": failed}
