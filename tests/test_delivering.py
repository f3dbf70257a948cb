"""Between the public folder and the targets: what the running process does, sweep by sweep."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.adapters.distant import Distant
from agent.outlet import Outlet
from agent.pipeline import DELIVER, PUBLISH, Pipeline
from agent.places import RsyncSettings
from agent.testing import DirectEngine, MovableClock, a_piece
from tests.a_publication import SETTINGS, APublication
from tests.editions import everything
from tests.publish.test_delivery import Mirror
from tests.publish.works import publish

pytestmark = pytest.mark.slow


def sweep(chain: Pipeline) -> list[str]:
    """One sweep, and whatever it asked for; the names of what was done."""
    assert isinstance(chain.engine, DirectEngine)
    chain.sweep()
    works, chain.engine.enqueued = chain.engine.enqueued, []
    for name, _, ids in works:
        chain.workflows[name](*ids)
    return [name for name, *_ in works]


def test_what_is_published_comes_to_each_target_and_what_fails_is_tried_later(outlet: Outlet) -> None:
    folder = outlet.settings.folder
    settings = RsyncSettings(kind="rsync", name="server", destination="copy")
    server = Distant(settings, own=folder / "targets/server", cwd=folder)
    outlet = replace(outlet, targets=[cdn := Mirror(refuses="nobody answers"), server])
    chain = Pipeline(outlet, DirectEngine(outlet.now))
    publish(outlet, a_piece(outlet))
    assert sweep(chain) == [PUBLISH]
    assert sweep(chain) == [DELIVER, DELIVER]
    public = outlet.settings.at(outlet.settings.public)
    assert everything(folder / "copy") == everything(public)
    assert sweep(chain) == []
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(minutes=1)
    cdn.refuses = ""
    assert sweep(chain) == [DELIVER]
    assert len(cdn.holds) == 1
    assert sweep(chain) == []


def test_bringing_out_waits_for_the_targets_too(outlet: Outlet, tmp_path: Path) -> None:
    outlet = replace(outlet, targets=[cdn := Mirror()])
    chain = Pipeline(outlet, DirectEngine(outlet.now))
    publish(outlet, a_piece(outlet))
    sweep(chain)
    chain.bring_out()
    assert len(cdn.holds) == 1


def test_the_running_process_delivers_and_a_target_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    targets = '[[target]]\nkind = "rsync"\nname = "server"\ndestination = "copy"\n'
    publication = APublication(tmp_path / "pub", settings=SETTINGS + targets)
    with publication.start("up") as running:
        running.until(r"action=delivered .*target=server")
        assert running.ask_to_stop() == 0
    assert everything(publication.folder / "copy") == everything(publication.folder / "public")
    ran = publication.run("up", PATH=str(tmp_path))
    assert ran.returncode == 1
    assert "Target server: the program rsync is missing. Install rsync" in ran.stderr
