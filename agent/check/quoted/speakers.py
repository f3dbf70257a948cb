"""Who is named as the speaker of quoted words: what can be told from the name and what is said beside it. Pure."""

import re
from dataclasses import dataclass

OPENERS = (
    "A According After All Also An And As At Because Before But By Chapter Even For From God He Her Here His How "
    "However I If In  It Its Later Like Many Maybe My No Nobody Not Now Of On Once One Only Or Our Perhaps Quoting "
    "She Since So Some  Someone Sometimes Still That The Their Then There These They This Those Though Thus To "
    "Today Too Was We What When  Where Whether Which While Who Why With Yes Yesterday Yet You Your January February "
    "March April May June July  August September October November December Monday Tuesday Wednesday Thursday Friday "
    "Saturday Sunday"
)
"""Words with a capital that begin sentences, and names of days and months."""
TITLES = (
    "Aunt Baron Captain Colonel Count Countess Doctor Duke Father Grandma Grandmother Grandpa Inspector King Lady "
    "Lord  Madame Major Master Miss Mother Mr Mrs Ms Prince Princess Queen Sergeant Sir Sister Uncle"
)
"""What people in stories are called by."""
LONG_DEAD = (
    "aesop aquinas aristotle augustine aurelius austen bacon balzac basho baudelaire beethoven blake boswell bronte "
    "byron caesar carlyle carroll cervantes chaucer chekhov cicero clausewitz coleridge confucius copernicus darwin "
    "dante descartes dickens dickinson diderot donne dostoevsky dostoyevsky dumas eliot emerson epictetus epicurus "
    "erasmus euclid euripides faraday flaubert franklin galileo gibbon goethe gogol hawthorne hegel heraclitus "
    "herodotus hobbes homer horace hugo hume ibsen isaiah jefferson jesus kant keats kierkegaard laozi leibniz "
    "leopardi lincoln locke lucretius luther machiavelli marlowe marx melville mencius mill milton moliere "
    "montaigne montesquieu mozart newton nietzsche novalis ovid paine pascal petrarch plato plutarch poe pope "
    "proust pushkin rilke rousseau rumi ruskin sappho schiller schopenhauer seneca shakespeare shelley socrates "
    "solomon sophocles spinoza stendhal tennyson thoreau thucydides tocqueville tolstoy turgenev twain tzu virgil "
    "voltaire washington whitman wilde wollstonecraft wordsworth xenophon zola"
)
"""Writers who died before 1935: their best-known lines come from memory as a rule, and harm nobody alive."""
LIVING_MEMORY = 1935
"""What is said to be older than this is about the dead."""

OWNER = re.compile(r"(?<=s)['’]$|['’]s$")
CALLED, DEAD = frozenset(TITLES.split()), frozenset(LONG_DEAD.split())
FIRST = frozenset(OPENERS.split())


@dataclass(frozen=True)
class Attribution:
    """Who is named as the speaker of quoted words, and what is said of when and where."""

    name: str
    year: int | None = None
    has_source: bool = False
    is_written: bool = False
    """It is set out as a reference, or said to be written: not as speech."""

    @property
    def parts(self) -> list[str]:
        """The parts of the name that are no titles."""
        return [part for part in self.name.split(" ") if part.rstrip(".") not in CALLED and part[0].isupper()]

    @property
    def surname(self) -> str:
        """The last part of the name, in small letters."""
        return (self.parts or [self.name])[-1].lower()

    @property
    def is_of_the_past(self) -> bool:
        """Whether who is named is long dead, as far as can be told."""
        if self.year is not None and self.year < LIVING_MEMORY:
            return True
        return self.surname in DEAD and (self.year is None or len(self.parts) == 1)


def name_of(given: str) -> str:
    """The name without words that only begin a sentence; empty where nothing is left."""
    parts = OWNER.sub("", given).split(" ")
    while parts and (parts[0].rstrip(",") in FIRST or parts[0][0].islower()):
        parts.pop(0)
    while parts and parts[-1][0].islower():
        parts.pop()
    return " ".join(parts) if parts and len(parts[0].rstrip(".")) + len(parts) > 2 else ""
