"""The two small XML files that make a COMBINE archive: what is in it, and how to simulate it (SED-ML L1V4)."""

from xml.sax.saxutils import escape, quoteattr

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.model.records import Model

_SPEC = "http://identifiers.org/combine.specifications/"
_LANGUAGE = "urn:sedml:language:sbml.level-3.version-2"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def manifest() -> str:
    """``manifest.xml``: the archive's contents with their formats (Bergmann 2014, doi:10.1186/s12859-014-0369-z)."""
    entries = {
        ".": "omex",
        "./manifest.xml": "omex-manifest",
        "./model.xml": "sbml.level-3.version-2",
        "./simulation.sedml": "sed-ml.level-1.version-4",
    }
    lines = [
        f'  <content location="{place}" format="{_SPEC}{kind}"{_master(place)}/>' for place, kind in entries.items()
    ]
    return f'{_HEAD}<omexManifest xmlns="{_SPEC}omex-manifest">\n' + "\n".join(lines) + "\n</omexManifest>\n"


def _master(place: str) -> str:
    return ' master="true"' if place.endswith(".sedml") else ""


def sedml(model: Model, years: float) -> str:
    """A uniform time course with CVODE at tight tolerances, one output a day, and a report of every state."""
    days = max(1, round(years * DAYS_PER_YEAR))
    states = "".join(_generator(f"data_{s.id}", s.name or s.id, _state(s.id)) for s in model.species)
    columns = "".join(
        f'      <dataSet id="column_{s.id}" label={quoteattr(s.id)} dataReference="data_{s.id}"/>\n'
        for s in model.species
    )
    return f"""{_HEAD}<sedML xmlns="http://sed-ml.org/sed-ml/level1/version4" level="1" version="4">
  <listOfModels>
    <model id="model" name={quoteattr(model.id)} language="{_LANGUAGE}" source="model.xml"/>
  </listOfModels>
  <listOfSimulations>
    <uniformTimeCourse id="course" initialTime="0" outputStartTime="0" outputEndTime="{days}" numberOfSteps="{days}">
      <algorithm kisaoID="KISAO:0000019" name="CVODE">
        <listOfAlgorithmParameters>
          <algorithmParameter kisaoID="KISAO:0000209" name="relative tolerance" value="1e-09"/>
          <algorithmParameter kisaoID="KISAO:0000211" name="absolute tolerance" value="1e-12"/>
        </listOfAlgorithmParameters>
      </algorithm>
    </uniformTimeCourse>
  </listOfSimulations>
  <listOfTasks>
    <task id="task" modelReference="model" simulationReference="course"/>
  </listOfTasks>
  <listOfDataGenerators>
{_generator("data_time", "time, day", 'symbol="urn:sedml:symbol:time"')}{states}  </listOfDataGenerators>
  <listOfOutputs>
    <report id="report" name="every state, once a day">
    <listOfDataSets>
      <dataSet id="column_time" label="time" dataReference="data_time"/>
{columns}    </listOfDataSets>
    </report>
  </listOfOutputs>
</sedML>
"""


def _state(name: str) -> str:
    return f"target=\"/sbml:sbml/sbml:model/sbml:listOfSpecies/sbml:species[@id='{name}']\""


def _generator(name: str, title: str, what: str) -> str:
    xmlns = ' xmlns:sbml="http://www.sbml.org/sbml/level3/version2/core"'
    return f"""    <dataGenerator id="{name}" name={quoteattr(title)}{xmlns}>
      <math xmlns="http://www.w3.org/1998/Math/MathML"><ci> {escape("of_" + name)} </ci></math>
      <listOfVariables><variable id="of_{name}" {what} taskReference="task"/></listOfVariables>
    </dataGenerator>
"""
