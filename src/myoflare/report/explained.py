"""The explanation as the page shows it: shares of fibre death by period, and what-if sentences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass

from myoflare.report import reading, style


@dataclass(frozen=True)
class Share:
    """Part of fibre death in one period that one mechanism did; ``grams`` may be unknown."""

    mechanism: str
    label: str
    share: float
    grams: float | None
    colour: str


def plain(value):
    """Dataclasses, mappings and sequences as dicts and lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {k: plain(v) for k, v in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def shares_by_period(explanation):
    """``[(period, [Share, …])]`` in the order given, the largest share first; empty when nothing died."""
    told = plain(explanation) or {}
    periods = {}
    for row in _rows(told):
        periods.setdefault(_dated(row), []).append(_share(row))
    return [(name, sorted(rows, key=lambda s: -s.share)) for name, rows in periods.items()]


def _rows(told):
    """Rows of period, mechanism, share from a flat list, a list of periods, or a mapping of periods."""
    shares = told.get("shares") or told.get("periods") or []
    if isinstance(shares, dict):
        shares = [{"period": name, "shares": values} for name, values in shares.items()]
    for row in shares:
        inner = row.get("shares")
        if inner is None:
            yield row
            continue
        pairs = inner.items() if isinstance(inner, dict) else [(r["mechanism"], r["share"]) for r in inner]
        grams = row.get("grams") if isinstance(row.get("grams"), dict) else {}
        for mechanism, share in pairs:
            yield {"period": _period(row), "mechanism": mechanism, "share": share, "grams": grams.get(mechanism)}


def _dated(row):
    name = str(row["period"])
    if row.get("start") is None or row.get("end") is None:
        return name
    return f"{name[:1].upper()}{name[1:]}, day {float(row['start']):.0f} to {float(row['end']):.0f}"


def _period(row):
    name = row.get("period") or row.get("label") or row.get("name")
    if name is None:
        name = f"day {float(row['start']):.0f} to {float(row['end']):.0f}"
    return str(name)


def _share(row):
    key = str(row["mechanism"]).removeprefix("muscle_death_")
    known = reading.science_text("figures.yaml")["mechanisms"].get(key, {})
    grams = row.get("grams")
    return Share(key, known.get("label", row.get("label") or key), float(row["share"]),
                 None if grams is None else float(grams), known.get("colour", style.SOFT))  # fmt: skip


def counterfactuals(explanation):
    """Rows ``(switch, its meaning, sentence, change of fibre loss)``, one for each mechanism switched off."""
    told = plain(explanation) or {}
    rows = []
    for row in told.get("counterfactuals") or told.get("sentences") or []:
        if isinstance(row, str):
            rows.append(("", "", row, ""))
            continue
        what = next((row[k] for k in ("switch", "label", "mechanism", "without", "id") if row.get(k)), "")
        said = row.get("sentence") or row.get("text") or ""
        change = row.get("change")
        label = str(row.get("label") or "")
        moved = f"{100 * change:+.0f} %".replace("-", "−") if isinstance(change, int | float) else ""
        rows.append((str(what), label if label != what else "", str(said), moved))
    return rows


def sentences(explanation):
    """Free sentences that came with the explanation."""
    told = plain(explanation) or {}
    return [str(told[key]) for key in ("sentence", "summary", "story") if isinstance(told.get(key), str) and told[key]]


def verdict_sentence(verdict):
    """The verdict as one sentence, from text or from a record."""
    if isinstance(verdict, str):
        return verdict
    told = plain(verdict) or {}
    if not isinstance(told, dict):
        return str(told)
    name, sentence = told.get("verdict") or told.get("name") or told.get("label"), told.get("sentence")
    return str(sentence or name or "")
