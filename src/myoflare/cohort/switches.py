"""Causes that can be switched off, by name: of repertoires, of what a person sets in the network, of the network."""

from functools import cache

from myoflare.base.errors import PatientError
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path, suggest

REPERTOIRE = {
    "equal_affinity": "every clone fits its epitope as the mean clone does",
    "equal_presentation": "everyone's HLA shows every epitope as the mean person's does",
    "equal_repertoire": "everyone has the mean number of clones, of mean affinity",
    "equal_sex": "women are as men and women are on average, their thymus as that of men",
    "no_mimicry": "no clone recognises a microbe",
    "no_neoepitopes": "no clone recognises what a tumour shows",
    "no_self_clones": "the thymus deletes every self-reactive clone",
    "no_thymic_selection": "the thymus deletes none",
}
NUMBERS = {
    "equal_age": "age changes neither B cells nor regulatory T cells",
    "equal_loci": "everyone has the mean of each locus outside HLA",
    "equal_sex": REPERTOIRE["equal_sex"],
    "equal_treg": "age does not change regulatory T cells",
}
NETWORK = "H_"  # how the network's own hypothesis switches begin


@cache
def defaults():
    """The network's own value of every parameter, by id."""
    rows = read_rows(science_path("network", "parameters.tsv"), ("parameterId", "nominalValue"))
    return {r["parameterId"]: number(r["nominalValue"], r["parameterId"], "nominalValue") for r in rows}


def network_switches():
    """Names of the network's hypothesis switches."""
    return [name for name in defaults() if name.startswith(NETWORK)]


def switch_names():
    """Every name that ``draw_people`` takes as ``without``."""
    return {*REPERTOIRE, *NUMBERS, *network_switches()}


def check_switches(without, where="without"):
    """PatientError, with the nearest name, for a switch that does not exist."""
    known = switch_names()
    for name in sorted(without):
        if name not in known:
            raise PatientError(where, f"unknown switch {name!r}", "a cause to switch off", suggest(name, known))
