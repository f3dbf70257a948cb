"""`afterword preview`, as an operator runs it."""

from pathlib import Path

import httpx2
import pytest

from tests.a_publication import SETTINGS, APublication, wait_for

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


def test_the_doctor_names_a_file_of_a_theme_that_replaces_nothing(tmp_path: Path) -> None:
    publication = APublication(tmp_path / "pub", settings='theme = "theme"\n' + SETTINGS)
    ran = publication.run("doctor")
    assert "theme: The theme" in ran.stdout.replace("\n", " ")
    (publication.folder / "theme/pages").mkdir(parents=True)
    (publication.folder / "theme/pages/indx.html").write_text("A slip of the pen.")
    found = publication.json("doctor") if ran.returncode == 0 else None
    assert found is None or any("indx.html takes the place of nothing" in row["words"] for row in found)
