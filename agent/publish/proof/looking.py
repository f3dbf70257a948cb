"""Reads the files of an edition, each one compared with its signed hash wherever it is looked at."""

from collections.abc import Callable, Iterable, Iterator, Set

from agent.outlet import Place, Seen
from agent.publish.published import Unread, differs

Heard = Callable[[int, int], None]
"""Told how many files were read, and how many there are."""


class Looking:
    """One look at a place. `problems` is added to as they are found."""

    def __init__(self, place: Place, problems: list[str], heard: Heard) -> None:
        self.files = 0
        """How many of the published files could be read."""
        self._place = place
        self._problems = problems
        self._heard = heard
        self._listed: dict[str, str] = {}
        self._known: set[str] = set()
        self._left: set[str] = set()

    def read_first(self, path: str) -> bytes:
        """The bytes of the manifest or of a part of it: no hash is known yet. Raises Unread."""
        self._known.add(path)
        [seen] = self._place.see([path])
        if seen.wrong:
            raise Unread(seen.wrong)
        return seen.data

    def expect(self, listed: dict[str, str]) -> None:
        """These files were published, with these hashes: no other is asked for from now on."""
        self._listed = listed
        self._left = set(listed)

    @property
    def there(self) -> Set[str]:
        """The files that may be asked for: those that are there, or, where nobody can know, that should be."""
        return self._listed.keys() if self._place.names is None else self._place.names

    def see(self, paths: Iterable[str], *, keep: bool = True) -> Iterator[Seen]:
        """Read files in order, and name those that are not what was published."""
        for seen in self._place.see(paths, keep=keep):
            self._compare(seen)
            yield seen

    def read(self, path: str) -> bytes | None:
        """One file's bytes. None where it cannot be read, which is then named."""
        if path not in self.there:
            self._problems.append(f"{path}: is missing")
            return None
        [seen] = self.see([path])
        return None if seen.wrong else seen.data

    def read_rest(self) -> None:
        """Compare every published file that was not looked at yet, and name what was never published."""
        for _ in self.see(sorted(self._left), keep=False):
            pass
        if self._place.names is not None:
            strangers = self._place.names - self._listed.keys() - self._known
            self._problems += [f"{path}: was never published here" for path in sorted(strangers)]

    def _compare(self, seen: Seen) -> None:
        if seen.wrong:
            self._problems.append(f"{seen.path}: {seen.wrong}")
        elif seen.sha256 != self._listed.get(seen.path, seen.sha256):
            self._problems.append(differs(seen.path))
        if seen.path in self._left:
            self._left.remove(seen.path)
            self.files += not seen.wrong
            self._heard(len(self._listed) - len(self._left), len(self._listed))
