"""A branch of a git repository as a target, against bare repositories on this machine."""

import subprocess
from pathlib import Path

import pytest

from agent.adapters.branch import Branch
from agent.errors import TargetError
from agent.outlet import Brought
from agent.places import BranchSettings
from tests.editions import Files, an_edition, everything, two_pieces, with_piece, without

pytestmark = pytest.mark.slow


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, and return what it printed."""
    who = ["-c", "user.name=Cy", "-c", "user.email=cy@example.org"]
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


class Site:
    """A publication with its public folder, and the repository where its branch is."""

    def __init__(self, folder: Path) -> None:
        self.home, self.remote = folder / "pub", folder / "site.git"
        self.public = self.home / "public"
        self.home.mkdir()
        git(folder, "init", "--quiet", "--bare", str(self.remote))
        git(self.remote, "config", "receive.unpackLimit", "1")

    def target(self, **settings: str) -> Branch:
        given = {"kind": "branch", "name": "host", "url": "../site.git", "author": "Opus and Sonnet"} | settings
        return Branch(BranchSettings.model_validate(given), own=self.home / "targets/host", cwd=self.home)

    def brings(self, files: Files) -> Brought:
        an_edition(self.public, files)
        return self.target().bring(self.public)

    def branch(self) -> Files:
        """What a visitor of the branch finds, but for the sign that its files are to be served as they are."""
        names = git(self.remote, "ls-tree", "-r", "--name-only", "pages").splitlines()
        assert ".nojekyll" in names
        return {path: git(self.remote, "show", f"pages:{path}").encode() for path in names if path != ".nojekyll"}

    def shows_the_edition(self, **besides: bytes) -> bool:
        stripped = {path: data.strip() for path, data in everything(self.public).items()}
        return self.branch() == stripped | besides

    def commits(self) -> list[str]:
        return git(self.remote, "log", "--format=%s", "pages").splitlines()

    def tip(self) -> str:
        return git(self.remote, "rev-parse", "pages")

    def packs(self) -> set[Path]:
        """What the pushes brought, each as it came."""
        return set((self.remote / "objects/pack").glob("*.idx"))

    def by_hand(self, **files: str) -> None:
        """Somebody pushes to the branch."""
        clone = self.home.parent / "clone"
        git(self.home, "clone", "--quiet", str(self.remote), str(clone))
        git(clone, "checkout", "--quiet", "-B", "pages", *(["origin/pages"] if self._is_there() else []))
        for name, words in files.items():
            (clone / name).write_text(words)
        git(clone, "add", "--all")
        git(clone, "commit", "--quiet", "--message", "By hand")
        git(clone, "push", "--quiet", "origin", "pages")

    def _is_there(self) -> bool:
        return "pages" in git(self.remote, "branch", "--list", "pages")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_an_edition_is_one_commit_that_names_its_manifest(site: Site) -> None:
    assert "not there yet" in site.target().look()
    brought = site.brings(two_pieces())
    assert site.shows_the_edition()
    told = git(site.remote, "log", "--format=%an <%ae>%n%B", "pages")
    assert told.startswith("Opus and Sonnet <afterword@localhost>\nEdition ")
    assert brought.manifest_sha256 in told
    assert brought.written == len(everything(site.public))
    assert "it holds the edition" in site.target().look()


def test_the_same_edition_is_no_other_commit(site: Site) -> None:
    first = site.brings(two_pieces())
    commit = site.tip()
    assert site.brings(two_pieces()) == Brought(first.manifest_sha256, 0, 0)
    assert site.tip() == commit


def test_one_more_piece_is_another_commit_and_what_changed_alone_is_sent(site: Site) -> None:
    site.brings(two_pieces())
    before, packs = site.tip(), site.packs()
    brought = site.brings(two_pieces() | with_piece(3) | {"index.html": b"new"})
    assert site.shows_the_edition()
    assert len(site.commits()) == 1
    changed = git(site.remote, "diff", "--name-only", before, "pages").splitlines()
    assert set(changed) == {
        *("index.html", "manifest.json", "manifest/cards-1.json", "manifest/pieces-1.json"),
        *with_piece(3),
    }
    assert (brought.written, brought.removed) == (8, 0)
    [pack] = site.packs() - packs
    sent = git(site.remote, "verify-pack", "--verbose", str(pack))
    assert git(site.remote, "rev-parse", "pages:cards/3.png") in sent
    assert git(site.remote, "rev-parse", "pages:cards/1.png") not in sent


def test_a_list_that_is_gone_goes(site: Site) -> None:
    site.brings(two_pieces() | {"series/1.html": b"a series"})
    assert site.brings(two_pieces()).removed == 2
    assert site.shows_the_edition()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(with_piece(2, "the sea"), {}, id="a text is withdrawn"),
        pytest.param(with_piece(2, "the sea"), with_piece(2, "the land"), id="a text stands in its place already"),
        pytest.param(
            {"corrections.html": b"the sea"}, {"corrections.html": b"erased"}, id="a word of a page is erased"
        ),
    ],
)
def test_what_went_from_the_site_is_in_no_commit_and_in_no_object_of_ours(
    site: Site, before: Files, after: Files
) -> None:
    rest = without(two_pieces(), 2)
    site.brings(rest | before)
    site.brings(rest | before | {"index.html": b"new"})
    path = next(path for path, data in before.items() if b"the sea" in data)
    blob = git(site.remote, "rev-parse", f"pages:{path}")
    site.brings(rest | after)
    assert site.shows_the_edition()
    assert len(site.commits()) == 1
    assert "the sea" not in git(site.remote, "log", "--patch", "--all")
    with pytest.raises(subprocess.CalledProcessError):
        git(site.home / "targets/host", "cat-file", "-e", blob)


def test_a_history_that_stands_there_ends_although_its_files_are_the_same(site: Site) -> None:
    site.brings(two_pieces())
    site.by_hand(note="Was here.")
    git(site.home.parent / "clone", "rm", "--quiet", "note")
    git(site.home.parent / "clone", "commit", "--quiet", "--message", "As it was")
    git(site.home.parent / "clone", "push", "--quiet", "origin", "pages")
    assert len(site.commits()) == 3
    site.brings(two_pieces())
    assert site.shows_the_edition()
    assert len(site.commits()) == 1


def test_what_somebody_pushes_meanwhile_is_not_written_over(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.brings(two_pieces())
    target = site.target()
    tip = site.tip()
    site.by_hand(note="Was here.")
    monkeypatch.setattr(target, "_tip", lambda: tip)
    an_edition(site.public, two_pieces() | with_piece(3))
    with pytest.raises(TargetError, match="rejected"):
        target.bring(site.public)
    assert site.commits()[0] == "By hand"


def test_the_domain_of_the_site_is_kept_and_what_else_was_put_there_is_not(site: Site) -> None:
    site.brings(two_pieces())
    site.by_hand(CNAME="afterword.example.org", note="Was here.", **{"index.html": "by hand"})
    site.brings(two_pieces() | with_piece(3))
    assert site.shows_the_edition(CNAME=b"afterword.example.org")
    assert len(site.commits()) == 1
    site.brings(without(two_pieces(), 2))
    assert site.shows_the_edition(CNAME=b"afterword.example.org")


def test_a_branch_that_holds_something_else_is_let_be(site: Site) -> None:
    site.by_hand(**{"main.py": "print()"})
    with pytest.raises(TargetError, match=r"branch pages holds main\.py and no edition of ours\. Empty that place"):
        site.brings(two_pieces())
    with pytest.raises(TargetError, match=r"holds main\.py and no edition of ours"):
        site.target().look()
    assert site.commits() == ["By hand"]


def test_a_branch_with_nothing_but_a_domain_is_taken(site: Site) -> None:
    site.by_hand(CNAME="afterword.example.org")
    site.brings(two_pieces())
    assert site.shows_the_edition(CNAME=b"afterword.example.org")


def test_our_own_repository_may_be_lost_and_nothing_is_pushed_twice(site: Site) -> None:
    site.brings(two_pieces())
    (site.home / "targets").rename(site.home / "lost")
    assert site.brings(two_pieces()).written == 0
    assert len(site.commits()) == 1


def test_what_a_kill_locked_is_begun_anew(site: Site) -> None:
    site.brings(two_pieces())
    lock = site.home / "targets/host/refs/afterword/ours.lock"
    lock.touch()
    site.brings(two_pieces() | with_piece(3))
    assert site.shows_the_edition()


def test_a_push_that_is_refused_leaves_the_old_site_and_is_taken_up_again(site: Site) -> None:
    site.brings(two_pieces())
    hook = site.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'error: the disk is full' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(TargetError, match=r"Target host: git push: remote: error: the disk is full\. Look at its url"):
        site.brings(two_pieces() | with_piece(3))
    assert "pieces/3.md" not in site.branch()
    hook.unlink()
    site.target().bring(site.public)
    assert site.shows_the_edition()
    assert len(site.commits()) == 1


def test_a_file_that_is_not_what_the_manifest_says_is_never_committed(site: Site) -> None:
    site.brings(two_pieces())
    an_edition(site.public, two_pieces() | with_piece(3))
    (site.public / "pieces/3.md").write_bytes(b"other words")
    with pytest.raises(TargetError, match=r"pieces/3\.md in .* is not what the manifest says"):
        site.target().bring(site.public)
    assert len(site.commits()) == 1


def test_a_repository_that_is_not_there_says_so_without_a_token(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_TOKEN", "a-token")
    with pytest.raises(TargetError, match=r"git ls-remote: fatal: .*nowhere") as fault:
        site.target(url="../nowhere.git", token_env="HOST_TOKEN").look()
    assert "a-token" not in str(fault.value)
    with pytest.raises(TargetError, match="the variable NO_TOKEN is not set"):
        site.target(token_env="NO_TOKEN").look()


def test_nothing_is_written_into_the_working_tree_of_anybody(site: Site) -> None:
    git(site.home, "init", "--quiet")
    (site.home / "notes.txt").write_text("mine")
    an_edition(site.public, two_pieces())
    before = everything(site.home)
    site.target().bring(site.public)
    after = everything(site.home)
    assert {path: data for path, data in after.items() if not path.startswith("targets/")} == before
