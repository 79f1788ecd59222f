"""The explanation as the page shows it: shares of fibre death by period, and what-if sentences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass

from myoflare.report import reading, style

_MANY_FOLD = 10  # beyond this a change is told as a multiple
_SLIGHT = 0.02  # a smaller change of fibre loss is told in a folded table


@dataclass(frozen=True)
class Share:
    """Part of fibre death in one period that one mechanism did; ``grams`` may be unknown."""

    mechanism: str
    label: str
    share: float
    grams: float | None
    colour: str


@dataclass(frozen=True)
class WhatIf:
    """A switch, its meaning, what happens without it, the change of fibre loss, and whether that is next to nothing."""

    switch: str
    label: str
    sentence: str
    change: str
    slight: bool


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
    """What happens without each mechanism, in the order given."""
    told = plain(explanation) or {}
    return [_what_if(row) for row in told.get("counterfactuals") or []]


def _change(moved):
    return f"{1 + moved:,.0f} ×" if moved > _MANY_FOLD else f"{100 * moved:+.0f} %".replace("-", "−")


def _what_if(row):
    if isinstance(row, str):
        return WhatIf("", "", row, "", False)
    switch = next((str(row[k]) for k in ("switch", "mechanism", "without", "id") if row.get(k)), "")
    moved = row.get("change")
    known = isinstance(moved, int | float)
    change = _change(moved) if known else ""
    sentence = str(row.get("sentence") or row.get("text") or "")
    slight = known and abs(moved) < _SLIGHT
    return WhatIf(
        switch, str(row.get("label") or ""), sentence, "0 %" if change in ("+0 %", "−0 %") else change, slight
    )


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
