"""Makes the edition of an outlet again and again, until it is killed: what the zygote runs for
tests/test_read_while_written.py.

The file `asked` in the outlet's folder holds a number. Each time it is another than before, an edition is made, and
the number that stood there when it was begun is printed with `done`. On SIGUSR1 it prints where it is.
"""

import faulthandler
import signal
import sys
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont  # noqa: F401 - once here, and not in each process

from agent import pipeline
from agent.errors import NotBuilt
from tests.a_restless_outlet import SHORT, opened

ASKED = "asked"
PAUSE = 0.005


def main() -> None:
    """Build whenever that is asked for. Never returns."""
    faulthandler.register(signal.SIGUSR1, file=sys.stdout, all_threads=False)
    folder = Path(sys.argv[2])
    for module, sizes in SHORT.items():
        for name, size in sizes.items():
            setattr(module, name, size)
    outlet = opened(folder)
    done = ""
    print("ready")  # noqa: T201
    while True:
        if (asked := (folder / ASKED).read_text()) == done:
            time.sleep(PAUSE)
            continue
        print(f"begun {asked}")  # noqa: T201
        begun = time.monotonic()
        try:
            pipeline.build(outlet)
        except NotBuilt as busy:
            print(f"again {busy}")  # noqa: T201
            continue
        done = asked
        print(f"done {done} {time.monotonic() - begun:.3f}")  # noqa: T201
