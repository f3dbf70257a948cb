"""Whatever is wrong, an operator reads one clear sentence, and nothing is lost."""

import json
import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli import COMMANDS, main
from agent.cli.publication import begin
from tests.a_publication import SETTINGS

pytestmark = pytest.mark.slow


class Run:
    """Runs `afterword` in a publication, in this process, as a shell would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Return the exit code, and what was printed on both streams."""
        self._monkeypatch.setattr("sys.argv", ["afterword", "--dir", str(self.folder), *words])
        code: object = 0
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code
        said = self._capsys.readouterr()
        if isinstance(code, str):
            return 1, said.out, said.err + code
        return int(str(code or 0)), said.out, said.err


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A publication with the author Opus, whose endpoint does not answer."""
    begin(tmp_path / "pub", SETTINGS)
    monkeypatch.setenv("AFTERWORD_API_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-a-secret-that-is-never-shown")
    return Run(tmp_path / "pub", monkeypatch, capsys)


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    """Change one file of the publication."""
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("title = \nx", "afterword.toml: this is not valid TOML"),
        ('titel = "x"', '"titel": there is no such key'),
        ("max_turns = 0", '"max_turns": this is greater than or equal to 1 (it is 0)'),
        ('database_url = "mysql://x"', '"database_url"'),
        ('[[author]]\nname = "Opus 3"\nbyline = "O"\nmodel_id = "m"', "use small letters, digits and hyphens"),
        (
            '[[author]]\nname = "a"\nbyline = "A"\nmodel_id = "m"\ncadence = { rule = "0 9 * * 1" }',
            "name the days of the week",
        ),
        (
            '[[author]]\nname = "a"\nbyline = "A"\nmodel_id = "m"\ncadence = { rule = "0 0 30 feb *" }',
            "no such moment ever comes",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(run: Run, change: str, words: str) -> None:
    spoil(run.folder, "afterword.toml", 'title = "Afterword"', change if "author" not in change else 'title = "A"')
    if "author" in change:
        with (run.folder / "afterword.toml").open("a", encoding="utf-8") as file:
            file.write("\n" + change + "\n")
    code, _, error = run("authors")
    assert code == 1
    assert words in error
    assert "afterword.toml" in error
    assert "Traceback" not in error


SHADOW = '\n[checks]\nshadow = ["Secret", "hate", "reachability", "a check of ours"]\n'


@pytest.mark.parametrize("command", ["up", "doctor"])
def test_a_check_that_there_is_not_is_named_with_the_nearest_that_there_is(run: Run, command: str) -> None:
    with (run.folder / "afterword.toml").open("a", encoding="utf-8") as file:
        file.write(SHADOW)
    code, out, error = run(command)
    said = " ".join((out + error).split())
    assert code == 1
    assert '"checks.shadow": there is no check "Secret"; did you mean "secrets"?' in said
    assert '"checks.shadow": there is no check "a check of ours"; there are: markup, degeneration' in said
    assert 'there is no check "hate"' not in said
    assert 'there is no check "reachability"' not in said
    assert "Traceback" not in said
    if command == "up":
        assert "afterword.toml" in said


def test_no_publication_here(run: Run) -> None:
    (run.folder / "afterword.toml").unlink()
    code, _, error = run("queue")
    assert (code, "Run `afterword init DIR`" in error) == (1, True)


def test_a_publication_is_never_begun_over_another(run: Run) -> None:
    before = (run.folder / "signing.key").read_bytes()
    code, _, error = run("init", str(run.folder))
    assert (code, "exists already; nothing was changed" in error) == (1, True)
    assert (run.folder / "signing.key").read_bytes() == before


def test_a_port_in_use_names_the_setting(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        spoil(run.folder, "afterword.toml", "desk_port = 0", f"desk_port = {port}")
        code, _, error = run("up")
    assert code == 1
    assert f"Port {port} on 127.0.0.1 is taken" in error
    assert "desk_port" in error


@pytest.mark.parametrize(
    ("name", "spoilt", "words"),
    [
        ("prompts/welcome.md", None, "welcome.md is missing"),
        ("prompts/invitations/bare.md", "no front matter", "does not begin with front matter"),
        ("prompts/invitations/bare.md", "---\nname: [\n---\nx", "its front matter is not YAML"),
        ("prompts/invitations/bare.md", "---\nname: bare\npurpose: x\nwieght: 2\n---\nx", "wieght"),
        ("prompts/grounds.md", "---\nname: grounds\npurpose: x\n---\nnone", "it names no ground"),
        ("signing.key", "not a key", "signing key"),
        ("signing.key", None, "Restore it from a backup"),
    ],
)
def test_doctor_names_a_file_that_is_missing_or_broken(run: Run, name: str, spoilt: str | None, words: str) -> None:
    path = run.folder / name
    path.unlink()
    if spoilt is not None:
        path.write_text(spoilt, encoding="utf-8")
    code, out, _ = run("doctor", "--json")
    assert code == 1
    assert words in out


@pytest.mark.parametrize("command", ["build", "up", "doctor"])
@pytest.mark.parametrize(("setting", "file"), [("public", "public"), ("www/public", "www")])
def test_a_file_where_the_site_is_to_lie_is_named(run: Run, command: str, setting: str, file: str) -> None:
    spoil(run.folder, "afterword.toml", 'title = "Afterword"', f'title = "Afterword"\npublic = "{setting}"')
    (run.folder / file).write_text("mine", encoding="utf-8")
    code, out, error = run(command)
    assert code == 1
    said = " ".join((out + error).split())
    assert f"{run.folder / file} is no folder, and the site is to lie in {run.folder / setting}. Move it away" in said
    assert "Traceback" not in said
    assert (run.folder / file).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        (
            "pages/how.html",
            "{% extends 'templates/base.html' %}\n{% block main %}\n{% if %}",
            ":3: Expected an expression",
        ),
        ("pages/how.html", "\n{{ 'x' | shout }}", ":2: No filter named 'shout'"),
        (
            "pages/how.html",
            "{% extends 'templates/base.html' %}{% block main %}\n{{ nothing.at_all }}{% endblock %}",
            ":2: 'nothing' is undefined",
        ),
        ("templates/base.html", "<p>\n\n{{ root + 1 }}", ":3: TypeError: "),
        (
            "pages/how.html",
            "\n{% include 'templates/nowhere.html' %}",
            ":2: there is no template templates/nowhere.html",
        ),
    ],
)
def test_a_faulty_template_is_named_with_its_line(run: Run, name: str, wrong: str, said: str) -> None:
    spoil(run.folder, "afterword.toml", "", 'theme = "theme"\n')
    file = run.folder / "theme" / name
    file.parent.mkdir(parents=True)
    file.write_text(wrong, encoding="utf-8")
    code, _, told = run("build")
    assert code == 1
    assert f"{file}{said}" in told
    assert "unexpected" not in told
    file.unlink()
    code, _, told = run("build")
    assert code == 0, told


def test_doctor_reads_all_templates_of_a_theme(run: Run) -> None:
    spoil(run.folder, "afterword.toml", "", 'theme = "theme"\n')
    folder = run.folder / "theme"
    for name, wrong in {"pages/how.html": "\n{% if %}", "templates/list.html": "{{ 1 | shout }}"}.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(wrong, encoding="utf-8")
    (folder / "pages/.how.html.swp").write_bytes(b"\xff{%")
    _, told, _ = run("doctor", "--json")
    found = [(row["state"], row["words"].split(". Mend")[0]) for row in json.loads(told) if row["looked_at"] == "theme"]
    assert [state for state, _ in found] == ["wrong", "wrong"]
    assert found[0][1].startswith(f"{folder}/pages/how.html:2: Expected an expression")
    assert found[1][1] == f"{folder}/templates/list.html:1: No filter named 'shout'"


def test_doctor_says_that_a_local_model_file_is_damaged(run: Run) -> None:
    (run.folder / "model.gguf").write_bytes(b"not a model")
    settings = 'local_model = "model.gguf"\n' + SETTINGS.replace('"claude-3-opus"\n', '"local"\n')
    (run.folder / "afterword.toml").write_text(settings, encoding="utf-8")
    code, out, _ = run("doctor", "--json")
    assert code == 1
    assert "model.gguf" in out


def test_a_missing_key_is_said_before_anything_is_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    code, _, error = run("invite", "opus")
    assert code == 1
    assert "ANTHROPIC_API_KEY is not set" in error
    _, out, _ = run("invitations", "--json")
    assert out.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invite", "sonnet"), 'No author is called "sonnet"'),
        (("invite", "opus", "--prompt", "nope"), 'No invitation is called "nope"'),
        (("invite", "opus", "--prompt", "look-back"), '"look-back" lays earlier pieces beside it, and opus has none'),
        (("review", "7", "publish", "--as", "ada"), "There is no revision 7"),
        (("withdraw", "3", "--as", "cy", "--ground", "law", "--reason", "because of it"), 'called "cy"'),
        (("verify", "prompts"), "manifest.json: is missing"),
    ],
)
def test_something_that_is_not_there_is_named(run: Run, words: tuple[str, ...], said: str) -> None:
    if words[0] == "verify":
        words = ("verify", str(run.folder / "prompts"))
    code, out, error = run(*words)
    assert code != 0
    assert said in out + error
    assert "Traceback" not in error


def test_every_command_answers_help_quickly_and_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    look = """
import sys
from agent.cli import main
sys.argv = ["afterword", "--help"]
try:
    main()
except SystemExit:
    pass
print([name for name in ("sqlmodel", "dbos", "anthropic", "fastapi", "pydantic", "rich") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert ran.stdout.strip().endswith("[]")
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", ran.stdout, re.MULTILINE)] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    from agent.cli import afterword

    result = CliRunner().invoke(afterword, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output
