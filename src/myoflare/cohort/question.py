"""What population is asked for, and the texts that its answer hangs on."""

import hashlib
import json
from dataclasses import asdict, dataclass

from myoflare.base.errors import PatientError
from myoflare.cohort.exposome import LAST_AGE, exposure_names
from myoflare.cohort.genome import allele_pool
from myoflare.cohort.life import load_shipped
from myoflare.cohort.switches import switch_names
from myoflare.store import science_path, suggest

CHUNK = 1500  # people drawn; a few seconds of work
TEXTS = ("antigens.tsv", "agents.tsv", "haplotypes.tsv", "molecules.tsv", "loci.tsv", "repertoire.tsv", "tolerance.tsv",
         "exposome.yaml", "exposures.yaml", "genome.tsv", "clinic.yaml", "network/subtypes.tsv",
         "standard_population.tsv")  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What population is asked for. ``without`` names rival causes or exposures switched off; ``tilted``: the draw."""

    size: int
    seed: int = 0
    ancestry: str = "northern_europe"
    latitude: float = 55.0
    years: float = LAST_AGE
    without: tuple[str, ...] = ()
    tilted: bool = True

    def __post_init__(self):
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 1:
            raise PatientError("size", f"a population of {self.size}", "at least 1 person")
        if not -(2**63) <= self.seed < 2**63:
            raise PatientError("seed", f"{self.seed}", "a whole number of at most 18 digits")
        if not 0 < self.years <= LAST_AGE:
            raise PatientError("years", f"{self.years:g}", f"a length of lives above 0 and up to {LAST_AGE:g} years")
        if not -90 <= self.latitude <= 90:
            raise PatientError("latitude", f"{self.latitude:g}", "degrees from -90 to 90")
        allele_pool(self.ancestry)
        known = {*switch_names(), *exposure_names()}
        for name in self.without:
            if name not in known:
                hint = suggest(name, known) or f"known are {', '.join(sorted(known))}"
                raise PatientError("without", f"unknown cause {name!r}", "a cause or exposure", hint)

    @property
    def chunks(self):
        return -(-self.size // CHUNK)

    @property
    def causes(self):
        """What is switched off in people and the network."""
        return frozenset(self.without) & switch_names()

    @property
    def exposures_off(self):
        """What is left out of lives."""
        return frozenset(self.without) - self.causes

    def told(self):
        """Plain data that, with the code, fixes every number: the question, and digests of the network and texts."""
        texts = {name: science_path(*name.split("/")).read_text(encoding="utf-8") for name in TEXTS}
        digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
        question = asdict(self) | {"without": sorted(self.without)}
        return {"question": question, "network": load_shipped().digest, "texts": digest}
