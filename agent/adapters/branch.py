"""A branch of a git repository as a target: one commit, the edition, and nothing in it but the site (only `git`).

The commit is written in a bare repository of our own, never in anybody's working tree, and has no parent: whatever went
from the site, a text or a word of a page, would still be public in a history.
"""

import shutil
import tempfile
from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import IO

from agent.adapters.bringing import what_stands_there
from agent.adapters.difference import difference, foreign, theirs_of
from agent.adapters.git import INSTALL, Git, is_there
from agent.adapters.source import MANIFEST, Source
from agent.outlet import Brought
from agent.places import BranchSettings

KEPT = ("CNAME", ".nojekyll")
"""What hosts want to find in a branch: the site's own domain, and that its files are to be served as they are."""
OURS = "refs/afterword/ours"
"""The commit that we pushed last: what its manifest says of it is true."""
NEXT = "refs/afterword/next"


class Branch:
    """Keeps the Target protocol: a branch. `own` is the folder of our repository, `cwd` where relative paths begin."""

    def __init__(self, settings: BranchSettings, *, own: Path, cwd: Path) -> None:
        self._settings, self._own, self._cwd = settings, own, cwd
        self.name, self.place = settings.name, settings.place
        self._branch = f"refs/heads/{settings.branch}"

    def check(self) -> None:
        """Whether it can be used at all, without asking it. Raises TargetError."""
        if not is_there():
            raise self._git.fault("the program git is missing", INSTALL)

    def look(self) -> str:
        """Ask it what it holds, and say so. Raises TargetError."""
        self.check()
        if (tip := self._tip()) is None:
            return "reached; the branch is not there yet"
        self._fetch(tip)
        there = _Commit(self._git, tip)
        self._no_strangers(there)
        return what_stands_there(self.name, there, kept=KEPT)

    def bring(self, folder: Path) -> Brought:
        """Make it hold what the folder holds. Raises TargetError."""
        self.check()
        source = Source(self.name, folder)
        tip = self._tip()
        if tip is None:
            return self._push(source, None, _everything(source), [])
        self._fetch(tip)
        there = _Commit(self._git, tip)
        self._no_strangers(there)
        before = there.read(MANIFEST)
        manifest = theirs_of(self.name, source, before)
        if self._git.ran(["rev-parse", "--verify", "--quiet", OURS])[1].decode().strip() != tip:
            # Whoever pushed it may have changed anything.
            wanted = _everything(source)
            return self._push(source, tip, wanted, sorted(there.listed().keys() - set(wanted)))
        if before == source.bytes and there.is_alone():
            return Brought(source.sha256, 0, 0)
        change = difference(source, there, manifest)
        gone = [*change.removes, *change.old_parts]
        return self._push(source, tip, [*sorted(chain(*change.puts)), *change.parts], gone, only_differences=True)

    def _no_strangers(self, there: "_Commit") -> None:
        """What stands in a branch goes with the next commit, names with a full stop, too. Raises TargetError."""
        if there.read(MANIFEST) is None and (others := there.listed().keys() - set(KEPT)):
            raise foreign(self.name, f"{self.place} holds {min(others)} and no edition of ours")

    def _push(
        self, source: Source, tip: str | None, puts: list[str], gone: list[str], *, only_differences: bool = False
    ) -> Brought:
        """Write one commit and push it in the place of the one before. Where that is ours, only differences from its
        files are written."""
        removed = [path for path in gone if path not in {*KEPT, MANIFEST}]
        with tempfile.TemporaryFile(dir=self._own) as stream:
            stream.writelines(self._commit(source))
            if tip and only_differences:
                stream.write(f"M 040000 {self._git.text('rev-parse', f'{tip}^{{tree}}')} \n".encode())
                stream.writelines(f"D {path}\n".encode() for path in removed)
            else:
                stream.writelines(self._kept(tip))
            for path in [*puts, MANIFEST]:
                _add(stream, path, source.read(path))
            _add(stream, ".nojekyll", b"")
            stream.write(b"done\n")
            stream.seek(0)
            self._git("fast-import", "--quiet", "--done", "--force", "--date-format=now", given=stream)
        commit = self._git.text("rev-parse", NEXT)
        if tip and _Commit(self._git, tip).is_alone() and self._is_the_same(tip, commit):
            self._git("update-ref", OURS, tip)
            return Brought(source.sha256, 0, 0)
        if tip:
            # Where no commit joins the two, git looks for what is there already only from a repository like this one.
            (self._own / "shallow").write_text(f"{tip}\n")
        lease = f"--force-with-lease={self._branch}:{tip or ''}"
        self._git("push", "--quiet", lease, self._settings.url, f"{commit}:{self._branch}")
        self._git("update-ref", OURS, commit)
        self._git("update-ref", "-d", NEXT)
        (self._own / "shallow").unlink(missing_ok=True)
        self._git("gc", "--quiet", "--prune=now")
        return Brought(source.sha256, len(puts) + 1, len(removed))

    def _is_the_same(self, one: str, other: str) -> bool:
        """Whether two commits hold the same files."""
        return self._git.text("rev-parse", f"{one}^{{tree}}") == self._git.text("rev-parse", f"{other}^{{tree}}")

    def _commit(self, source: Source) -> Iterable[bytes]:
        words = f"Edition {source.sha256[:12]}\n\nmanifest.json has the SHA-256 {source.sha256}\n".encode()
        who = f"{self._settings.author} <{self._settings.email}>"
        yield f"commit {NEXT}\ncommitter {who} now\ndata {len(words)}\n".encode() + words

    def _kept(self, tip: str | None) -> Iterable[bytes]:
        """What is kept of the commit before, besides the site."""
        for path in KEPT if tip else ():
            code, blob, _ = self._git.ran(["rev-parse", "--verify", "--quiet", f"{tip}:{path}"])
            if code == 0:
                yield f"M 100644 {blob.decode().strip()} {path}\n".encode()

    def _tip(self) -> str | None:
        """The commit at which the branch stands there, or None where there is no such branch."""
        words = ["ls-remote", "--exit-code", self._settings.url, self._branch]
        code, printed, said = self._git.ran(words)
        if code == 2:
            return None
        if code:
            raise self._git.failed("ls-remote", said)
        return printed.decode().split()[0]

    def _fetch(self, tip: str) -> None:
        """Have that commit here. Of what came before it nothing is needed."""
        if self._git.ran(["cat-file", "-e", f"{tip}^{{commit}}"])[0]:
            self._git("fetch", "--quiet", "--no-tags", "--depth=1", self._settings.url, self._branch)

    @cached_property
    def _git(self) -> Git:
        try:
            token = self._settings.token()
        except ValueError as fault:
            raise Git(self.name, self._own, cwd=self._cwd).fault(str(fault), "Set it.") from None
        if any(self._own.rglob("*.lock")):  # It was killed in the middle, and the rest is copied quickly.
            shutil.rmtree(self._own)
        git = Git(self.name, self._own, cwd=self._cwd, user=self._settings.user, token=token)
        if is_there() and not (self._own / "HEAD").exists():
            self._own.mkdir(parents=True, exist_ok=True)
            git("init", "--quiet", "--bare")
        return git


class _Commit:
    """The files of one commit."""

    def __init__(self, git: Git, commit: str) -> None:
        self._git, self._commit = git, commit

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or None where there is none."""
        code, data, _ = self._git.ran(["cat-file", "blob", f"{self._commit}:{path}"])
        return None if code else data

    def is_alone(self) -> bool:
        """Whether it has no history. What git calls its parents may be cut off here, and not where it came from."""
        return b"\nparent " not in self._git("cat-file", "commit", self._commit).partition(b"\n\n")[0]

    def listed(self) -> dict[str, str]:
        """Every path. Of their bytes, nothing is known."""
        names = self._git("ls-tree", "-r", "-z", "--name-only", self._commit)
        return dict.fromkeys(filter(None, names.decode(errors="replace").split("\0")), "")


def _everything(source: Source) -> list[str]:
    return [*sorted(source.files()), *sorted(source.manifest.parts)]


def _add(stream: IO[bytes], path: str, data: bytes) -> None:
    stream.writelines([f"M 100644 inline {path}\ndata {len(data)}\n".encode(), data, b"\n"])
