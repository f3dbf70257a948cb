"""`afterword preview`, as an operator runs it."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.a_publication import SETTINGS, APublication, wait_for
from tests.editions import everything

pytestmark = pytest.mark.slow


def test_a_change_in_a_theme_is_shown_at_once_and_nothing_is_published(tmp_path: Path) -> None:
    publication = APublication(tmp_path / "pub", settings='theme = "theme"\n' + SETTINGS)
    style = publication.folder / "theme/assets/style.css"
    style.parent.mkdir(parents=True)
    style.write_text("p { color: black }")
    with publication.start("preview", "--port", "0") as running:
        url = running.until(r"shown at (http://\S+)")[1]
        running.until("Made anew")
        assert httpx2.get(f"{url}assets/style.css").text == "p { color: black }"
        style.write_text("p { color: darkred }")
        wait_for(
            lambda: httpx2.get(f"{url}assets/style.css").text == "p { color: darkred }", 30, lambda: running.printed
        )
        (publication.folder / "theme/pages").mkdir()
        (publication.folder / "theme/pages/how.html").write_text("{% if %}")
        running.until(r"It cannot be made: \S+theme/pages/how\.html:1: ")
        assert running.ask_to_stop() == 0
    assert not (publication.folder / "public").exists()
    assert "Traceback" not in running.printed


def test_the_doctor_looks_at_the_theme_and_at_each_target(tmp_path: Path) -> None:
    target = '[[target]]\nkind = "rsync"\nname = "server"\ndestination = "127.0.0.9::nowhere"\n'
    publication = APublication(tmp_path / "pub", settings=f'theme = "theme"\n{target}')

    def said(of: str) -> tuple[str, str]:
        [row] = [row for row in json.loads(publication.run("doctor", "--json").stdout) if row["looked_at"] == of]
        return row["state"], row["words"]

    state, words = said("theme")
    assert (state, words.endswith("is no folder. Mend `theme` in afterword.toml, or take it away.")) == ("wrong", True)
    (publication.folder / "theme/pages").mkdir(parents=True)
    (publication.folder / "theme/pages/indx.html").write_text("A slip of the pen.")
    state, words = said("theme")
    assert (state, "indx.html takes the place of nothing" in words) == ("look", True)
    state, words = said("target server")
    assert (state, "Look at its destination" in words) == ("wrong", True)
    (publication.folder / "afterword.toml").write_text(target.replace("127.0.0.9::nowhere", "copy"))
    assert said("target server") == ("good", "reached; the folder is not there yet")


def test_a_build_brings_the_edition_to_each_target_and_says_where_it_could_not(tmp_path: Path) -> None:
    targets = "".join(
        f'[[target]]\nkind = "rsync"\nname = "{name}"\ndestination = "{place}"\n'
        for name, place in (("mirror", "copy"), ("lost", "127.0.0.9::nowhere"))
    )
    publication = APublication(tmp_path / "pub", settings=SETTINGS + targets)
    ran = publication.run("build")
    assert ran.returncode == 1
    assert "mirror: copy holds it, too." in ran.stdout
    assert "some targets do not. Target lost: rsync: " in ran.stderr
    assert everything(publication.folder / "copy") == everything(publication.folder / "public")
    [notice] = publication.json("notices")
    assert (notice["subject"], notice["kind"]) == ("target lost", "delivery")
