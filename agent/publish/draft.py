"""The site as it would look now, in a folder of its own: for looking at while templates, words or texts change.

Nothing of it is signed or published, no row is written, and the public folder is never touched. Cards, search and the
files for downloading are left out: they do not depend on templates, and take their time.
"""

from pathlib import Path

from agent import keys
from agent.errors import AfterwordError
from agent.outlet import Outlet
from agent.publish import edition
from agent.publish.building import Building
from agent.publish.store import Store
from agent.publish.targets.folder import Folder


class Draft:
    """One draft of the site, below a folder that is its own."""

    def __init__(self, outlet: Outlet, own: Path) -> None:
        self._outlet, self._store = outlet, own / "draft.db"
        self.folder = own / "site"
        self.folder.mkdir()
        self._state = ""
        self._is_half_made = False
        """Whether the folder holds what the store does not know of: part of a state that could not be made."""

    def make(self) -> bool:
        """Bring it to the state of rows, templates, assets and words; say whether anything had changed. What cannot be
        made now is not tried again before something else changes."""
        outlet = self._outlet
        with outlet.database.read() as db:
            if (state := edition.state_of(outlet, db)) == self._state:
                return False
            self._state = state
            store, folder = Store(self._store), Folder(self.folder, sync=False)
            try:
                before = folder.hashes() if self._is_half_made else store.all_files()
                self._is_half_made = True
                store.empty()
                building = Building(outlet, db, store, folder, keys.public_hex(outlet.signing_key()))
                building.is_read, building.present = False, before.get
                building.look(everything=True)
                building.make()
                for path in before.keys() - store.all_files().keys():
                    folder.remove(path)
                store.commit()
                self._is_half_made = False
            finally:
                store.close()
        return True


def words_of(fault: Exception) -> str:
    """What is wrong with a template, and where, or whatever else is."""
    return str(fault) if isinstance(fault, AfterwordError) else f"{type(fault).__name__}: {fault}"
