"""How long `afterword --help` takes, beside the bare interpreter in the same run."""

import statistics
import subprocess
import sys
import time

RUNS = 15


def measure() -> tuple[dict[str, float], dict[str, float]]:
    """Figures in seconds of wall time, medians over pairs of runs in turn; and the goals."""
    bare, helped = [], []
    for _ in range(RUNS):
        bare.append(seconds("pass"))
        helped.append(seconds("import sys; sys.argv = ['afterword', '--help']; from agent.cli import main; main()"))
    figures = {
        "bare_python_seconds": round(statistics.median(bare), 3),
        "help_seconds": round(statistics.median(helped), 3),
        "help_to_bare_ratio": round(statistics.median(h / b for h, b in zip(helped, bare, strict=True)), 2),
    }
    return figures, {"help_seconds": 0.3}


def seconds(code: str) -> float:
    """How long a fresh interpreter takes for some code."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
