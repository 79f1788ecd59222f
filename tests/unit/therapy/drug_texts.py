"""A small made-up drug as text, and the folder that it makes."""

ANT = """import "functions.ant"
model *{name}()
  unit mg = 1e-3 gram; unit g = gram;
  substanceOnly species central;
  central is "In plasma"; central has mg;
  c := central / V;
  c is "Concentration";
  clear: central => ; k * central;
  clear is "Breakdown";
  signal_IL6 := block(c, K);
  signal_IL6 is "Signal that is left";
{more}end
"""
HEADS = (
    "parameterId parameterScale lowerBound upperBound nominalValue estimate unit description source confidence prior"
)
ROWS = (
    "V lin 0 100 10 0 L volume made_up low fixed",
    "k lin 0 100 0.5 0 1/day breakdown made_up low fixed",
    "K lin 0 100 2 0 mg/L half made_up low fixed",
)
YAML = """title: Made up
class: antibody
hits: Interleukin 6.
routes: {iv: {into: central, unit: mg}}
standard: {dose: 100 mg}
"""


def write_drug(folder, more="", rows=(), old="", new="", yaml=YAML):
    """A drug in ``folder``, named like it: ``more`` lines and ``rows``, and ``old`` for ``new`` in the network."""
    folder.mkdir()
    text = ANT.format(name=folder.name, more=more)
    assert not old or old in text
    (folder / f"{folder.name}.ant").write_text(text.replace(old, new) if old else text)
    (folder / "parameters.tsv").write_text("\n".join((HEADS, *ROWS, *rows)).replace(" ", "\t") + "\n")
    (folder / "drug.yaml").write_text(yaml)
    return folder
