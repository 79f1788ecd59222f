"""Live a population for each rival cause and write the page: ``python -m benchmarks.rivals FOLDER [SIZE] [NAME ...]``.

A stopped run goes on. Names choose rivals; ``full`` is always among them. The page goes to docs/credibility/rivals.md
when all rivals were lived, and into the folder otherwise.
"""

import sys
import time
from pathlib import Path

from myoflare.cohort.population_folder import run_population
from myoflare.cohort.question import Question
from myoflare.cohort.rivals import FULL, rivals
from myoflare.report.rivals import rivals_page

PAGE = Path(__file__).parents[1] / "docs" / "credibility" / "rivals.md"


def main(arguments):
    """Live, compare, write."""
    folder, size = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 20_000
    chosen = [name for name in rivals() if name == FULL or not arguments[2:] or name in arguments[2:]]
    found = {}
    for name in chosen:
        rival, start = rivals()[name], time.perf_counter()
        question = Question(size, seed=1, without=tuple(sorted(rival.causes | rival.exposures)))
        found[name] = run_population(question, folder / name, workers=2)
        took = time.perf_counter() - start
        print(
            f"{name}: {len(found[name].case)} cases, {found[name].effective_cases:.0f} effective, {took:.0f} s",
            flush=True,
        )
    page = PAGE if len(chosen) == len(rivals()) else folder / "rivals.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(rivals_page(found), encoding="utf-8")
    print(f"wrote {page}")


if __name__ == "__main__":
    main(sys.argv[1:])
