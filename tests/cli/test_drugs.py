"""``myoflare drugs``: the library as a table, and one drug in full."""

import pytest

from myoflare.therapy import list_drugs


def test_the_library_is_a_table(myoflare):
    code, out, _ = myoflare("drugs")
    assert code == 0
    assert all(name in out for name in list_drugs())
    assert out.rstrip().endswith("This is a research tool and no dosing advice.")


def test_one_drug_in_full_with_its_picture(myoflare, tmp_path):
    code, out, _ = myoflare("drugs", "show", "prednisone")
    assert code == 0
    for words in (
        "T_activation",
        "Share of T-cell activation",
        "Published figures",
        "computed",
        "confidence",
        "Bouazza",
    ):
        assert words in out
    picture = (tmp_path / "prednisone.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    code, out, _ = myoflare("drugs", "show", "prednisone")
    assert (code, "prednisone.png is there already and stays as it is" in out) == (0, True)
    assert (tmp_path / "prednisone.png").read_bytes() == picture


@pytest.mark.parametrize(("name", "head"), [("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_the_picture_goes_where_one_says(myoflare, tmp_path, name, head):
    argv = ("drugs", "show", "tofacitinib", "--out", name)
    assert myoflare(*argv)[0] == 0
    assert (tmp_path / name).read_bytes().startswith(head)
    code, out, err = myoflare(*argv)
    assert (code, out, "this already exists" in err) == (2, "", True)
    assert myoflare(*argv, "--force")[0] == 0
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_words_only(myoflare, tmp_path):
    code, out, _ = myoflare("drugs", "show", "tofacitinib", "--no-plot")
    assert (code, "png" in out, list(tmp_path.iterdir())) == (0, False, [])


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("prednison",), "drug 'prednison': no shipped drug has this name; expected a name or a folder. "
                         "did you mean 'prednisone'?"),
        (("./nowhere",), "there is no such file"),
        (("prednisone", "--out", "a.jpg"), "a.jpg: suffix .jpg; expected a file name that ends in .svg, .png or .pdf"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_one_sentence(myoflare, tmp_path, argv, sentence):
    code, out, err = myoflare("drugs", "show", *argv)
    assert (code, out, sentence in err, err.count("\n")) == (2, "", True, 1), err
    assert list(tmp_path.iterdir()) == []
