import pytest

from myoflare.base.errors import PatientError
from myoflare.store.document import parse_document, read_document, suggest


def test_lines_are_remembered():
    document = parse_document("a: 1\nb:\n  - c: 2\n    d: 3\n", "x.yaml")
    assert document.where("b", 0, "d") == "x.yaml:4, b[0].d"
    assert document.where("b", 0, "nowhere") == "x.yaml:3, b[0].nowhere"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1", r"x.yaml:1: the text is not valid YAML"),
        ("a: 1\na: 2", r"x.yaml:2: .*duplicate key"),
        ("- 1", "a list; expected a YAML mapping"),
        ("", "an empty document"),
        ("a: &x [1, 1]\nb: [*x, *x]", r"x.yaml:2: an alias \(\*x\)"),
        ("a: " + "[" * 30, "too many levels"),
        ("a: !!python/object:os.system ls", "not valid YAML"),
        ("a: " + "9" * 5000, "not valid YAML"),
        ("a: 2001-99-99", "not valid YAML"),
        ("a: \x00", "not valid YAML"),
        ("a: " + "x" * 70000, "too large"),
    ],
)
def test_faults_are_one_sentence(text, says):
    with pytest.raises(PatientError, match=says) as caught:
        parse_document(text, "x.yaml", PatientError)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large").write_bytes(b"a" * 100_000)
    for name, says in (("binary", "UTF-8"), ("large", "too large"), ("missing", "no such file"), (".", "folder")):
        with pytest.raises(PatientError, match=says):
            read_document(tmp_path / name, PatientError)


def test_suggestions():
    assert suggest("statn", ["statin", "uv"]) == "did you mean 'statin'?"
    assert suggest("zzz", ["statin", "uv"]) == "known: statin, uv"
    assert suggest("zzz", [f"parameter_{i}" for i in range(100)]) == ""
