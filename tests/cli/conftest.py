"""The command line, called in an empty folder."""

import pytest

from myoflare.cli.main import main


@pytest.fixture
def myoflare(capsys, monkeypatch, tmp_path):
    """Runs the command line in an empty folder; gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MYOFLARE_TRACEBACK", raising=False)

    def call(*argv):
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in argv])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return left.value.code or 0, out, err

    return call
