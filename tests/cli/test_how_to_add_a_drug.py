"""The page that teaches how to add a drug, done to the letter: its files are written and its commands run."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-drug.md"
FILE = re.compile(r"^`([\w./]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", re.M | re.S)
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def write_files(page, folder):
    names = []
    for name, text in FILE.findall(page):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        names.append(name)
    return names


def test_the_page_works_to_the_letter(page, myoflare, tmp_path):
    drug = [f"my_anti_il6/{name}" for name in ("my_anti_il6.ant", "parameters.tsv", "drug.yaml")]
    assert write_files(page, tmp_path) == [*drug, "my_regimen.yaml"]
    lines = [line for block in COMMANDS.findall(page) for line in block.splitlines()]
    assert [line.split()[1] for line in lines] == ["drugs", "run"]
    (code, shown, err), (ran, _, fault) = (myoflare(*shlex.split(line)[1:]) for line in lines)
    assert (code, ran) == (0, 0), err + fault
    assert "signal_IL6" in shown
    assert "(off)" not in shown
    assert (tmp_path / "my_anti_il6.png").stat().st_size > 10_000
    compared = (tmp_path / "runs" / "il6" / "side_by_side.html").read_text(encoding="utf-8")
    assert "The made-up antibody, every week" in compared
    assert "26 doses" in compared


def test_a_slip_in_the_files_of_the_page_is_one_sentence(page, myoflare, tmp_path):
    write_files(page, tmp_path)
    ant = tmp_path / "my_anti_il6" / "my_anti_il6.ant"
    ant.write_text(ant.read_text().replace("K_half)", "K_hal)"))
    code, _, err = myoflare("drugs", "show", "./my_anti_il6")
    assert code == 2
    assert err.startswith("Error: my_anti_il6/parameters.tsv: a row for K_half, which the text does not use")
    assert err.count("\n") == 1


def test_a_misspelt_hook_is_told(page, myoflare, tmp_path):
    write_files(page, tmp_path)
    ant = tmp_path / "my_anti_il6" / "my_anti_il6.ant"
    ant.write_text(ant.read_text().replace("signal_IL6", "signal_IL66"))
    code, _, err = myoflare("drugs", "show", "./my_anti_il6", "--no-plot")
    assert code == 2
    assert "rule signal_IL66: nothing reads it" in err
    assert "did you mean 'signal_IL6'?" in err
    assert err.count("\n") == 1
