"""A publication of forty essays with every row that real ones leave: what the bench of the site measures is sound."""

from pathlib import Path

import pytest

from agent import pipeline
from agent.publish import edition
from agent.publish.verify import verify
from tests.bench.site_corpus import AUTHORS, TAGS, essays
from tests.bench.site_outlet import an_outlet_of, forget_renderings, grow


def test_an_essay_of_the_corpus_is_the_same_whoever_asks_for_it() -> None:
    some = list(essays(1, 40, of=1_000))
    assert list(essays(17, 17, of=1_000)) == [some[16]]
    assert list(essays(17, 17, of=1_000, seed=2)) != [some[16]]
    assert [essay.at for essay in some] == sorted({essay.at for essay in some})


def test_essays_are_of_the_size_and_the_tags_that_the_goals_speak_of() -> None:
    some = list(essays(1, 200, of=200))
    assert 5_700 < sum(len(essay.text.encode()) for essay in some) / len(some) < 6_300
    assert {len(essay.tags) for essay in some} == {2, 3, 4}
    assert len(TAGS) == len(set(TAGS)) == 200
    assert {essay.author for essay in some} == set(AUTHORS)
    for mark in ("[^1]: ", "## ", "\n> ", "\n- ", "](https://", "*", "**"):
        assert any(mark in essay.text for essay in some), mark


@pytest.mark.slow
def test_it_builds_and_verifies_and_one_more_essay_does_too(tmp_path: Path) -> None:
    outlet = an_outlet_of(tmp_path / "publication", 40)
    public = outlet.settings.at(outlet.settings.public)
    edition.build(outlet, extras=False)
    found = verify(public)
    assert (found.problems, found.pieces, found.invitations) == ([], 40, 44)
    grow(outlet, 41, 41, of=40)
    before = edition.build(outlet, extras=False)
    found = verify(public)
    assert (found.problems, found.pieces, found.invitations) == ([], 41, 45)
    # Made at once, from texts that are parsed anew, it comes to the same bytes, or NotTheSame is raised.
    forget_renderings(outlet)
    pipeline.build(outlet, extras=False)
    assert edition.build(outlet, full=True, extras=False).manifest_sha256 == before.manifest_sha256
    outlet.database.close()
