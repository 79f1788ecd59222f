"""How long a population takes: ``python -m benchmarks.population FOLDER [SIZE] [WORKERS] [SEED]``.

Lives a population in FOLDER and prints seconds, person-years, cases and effective cases. A folder that holds part of it
goes on, so give a new one to measure.
"""

import sys
import time
from pathlib import Path

from myoflare.cohort.population_folder import run_population
from myoflare.cohort.question import Question


def main(folder, size=360_000, workers=2, seed=1929):
    """One line of Markdown."""
    began = time.perf_counter()
    found = run_population(Question(size=int(size), seed=int(seed)), Path(folder), workers=int(workers))
    seconds = time.perf_counter() - began
    print("| people | person-years | workers | seconds | cases | effective cases | courses integrated | failed |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    row = (found.question.size, f"{found.person_years:,.0f}", workers, f"{seconds:.0f}", len(found.case),
           f"{found.effective_cases:.0f}", found.lived, found.failed)  # fmt: skip
    print("| " + " | ".join(map(str, row)) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:])
