"""What was promised, beside what was measured. A figure that falls short is printed as such."""

PER_CORE = {"untreated": 30.0, "infusion": 30.0, "daily": 100.0}  # times libRoadRunner, at the same tolerance
OWN_ERROR = {"infusion": 60.0, "daily": 150.0}  # times libRoadRunner, ours made as wrong as it is
ALONE = 1.0  # one patient is not slower
MEMORY_GB = 1.0  # 10,000 patients with their read-outs


def verdict(figure: float | None, target: float | None) -> str:
    if figure is None or target is None:
        return ""
    return "met" if figure >= target else f"short of {target:g}"
