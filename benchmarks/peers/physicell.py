"""PhysiCell: its project ``template``, built from a checkout, with our number of cells and places.

``build(checkout, folder)`` copies and compiles it with PhysiCell's own Makefile; ``play`` runs it and returns what
``physicell.cpp`` counted. Nothing of it comes with Myoflare. Source: Ghaffarizadeh 2018 PLoS Comput Biol,
doi:10.1371/journal.pcbi.1005991; its fields: Ghaffarizadeh 2016 Bioinformatics, doi:10.1093/bioinformatics/btv730.
"""

import copy
import json
import math
import os
import shutil
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

from myoflare.tissue.fields import fields_table

MAIN = Path(__file__).with_suffix(".cpp")
SIDE_UM = 1000
SUBSTRATES = ("IFNb", "IFNg", "TNF", "CCL2", "CXCL10", "HGF")
MOTION = {"speed": "4.0", "persistence_time": "10", "migration_bias": "0.5"}


def build(checkout, folder) -> Path:
    """The compiled project, in ``folder``; compiled once."""
    folder = Path(folder)
    program = folder / "project"
    if program.exists():
        return program
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(checkout, folder, ignore=shutil.ignore_patterns(".git"))
    shutil.copytree(folder / "sample_projects" / "template", folder, dirs_exist_ok=True)  # what `make template` does
    shutil.copy(MAIN, folder / "main.cpp")
    subprocess.run(["make"], cwd=folder, check=True, capture_output=True)
    return program


def version(checkout) -> str:
    return (Path(checkout) / "VERSION.txt").read_text(encoding="utf-8").strip()


def compiler() -> str:
    """What `make` calls unless PHYSICELL_CPP names another."""
    said = subprocess.run([os.environ.get("PHYSICELL_CPP", "g++"), "-dumpfullversion"], capture_output=True, text=True)
    return f"g++ {said.stdout.strip()}"


def flags(folder) -> str:
    """What the Makefile that was used compiles with."""
    lines = (Path(folder) / "Makefile").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("CFLAGS :=")).removeprefix("CFLAGS :=").strip()


def settings(folder, cells: int, pitch_um: float, minutes: float) -> Path:
    """The template's settings with our square, substrates and number of cells, which crawl and secrete."""
    tree = xml.parse(Path(folder) / "sample_projects" / "template" / "config" / "PhysiCell_settings.xml")
    root = tree.getroot()
    half = SIDE_UM / 2
    told = {
        "domain/x_min": -half, "domain/x_max": half, "domain/y_min": -half, "domain/y_max": half,
        "domain/z_min": -pitch_um / 2, "domain/z_max": pitch_um / 2, "domain/dx": pitch_um, "domain/dy": pitch_um,
        "domain/dz": pitch_um, "overall/max_time": minutes, "parallel/omp_num_threads": 1,
        "save/full_data/enable": "false", "save/SVG/enable": "false", "user_parameters/number_of_cells": cells,
    }  # fmt: skip
    for path, value in told.items():
        root.find(path).text = str(value)
    _fields(root)
    _cells(root.find("cell_definitions/cell_definition/phenotype"))
    out = Path(folder) / "config" / f"timed_{cells}_{pitch_um:g}.xml"
    tree.write(out)
    return out


def _fields(root):
    setup = root.find("microenvironment_setup")
    first = setup.find("variable")
    setup.remove(first)
    table = fields_table()
    for k, name in enumerate(SUBSTRATES):
        one = copy.deepcopy(first)
        one.set("name", name)
        one.set("ID", str(k))
        one.find("physical_parameter_set/diffusion_coefficient").text = str(60 * table[name, "diffusion"])
        one.find("physical_parameter_set/decay_rate").text = str(math.log(2) / table[name, "half_life"])
        setup.insert(k, one)
    setup.find("options/track_internalized_substrates_in_each_agent").text = "false"


def _cells(phenotype):
    motility, secretion = phenotype.find("motility"), phenotype.find("secretion")
    for name, value in MOTION.items():
        motility.find(name).text = value
    motility.find("options/enabled").text = "true"
    motility.find("options/chemotaxis/enabled").text = "true"
    motility.find("options/chemotaxis/substrate").text = "CXCL10"
    for one in motility.iter("chemotactic_sensitivity"):
        one.set("substrate", "CXCL10")
    first = secretion.find("substrate")
    secretion.remove(first)
    for name in SUBSTRATES:
        one = copy.deepcopy(first)
        one.set("name", name)
        one.find("secretion_rate").text = "0.1"
        one.find("uptake_rate").text = "0.01"
        secretion.append(one)


def play(program: Path, config: Path) -> dict:
    """What the run counted: seconds of processor by part, calls, and cells summed over calls."""
    done = subprocess.run([program.absolute(), config.absolute()], cwd=program.parent, check=True, capture_output=True,
                          text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])
