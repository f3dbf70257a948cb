"""The command `afterword`: parse, call, print. It holds no rule.

Commands are imported when they are used, so that `--help` is quick.
"""

import sys
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import click

COMMANDS = {
    "init": ("publication", "Begin a publication in a folder."),
    "doctor": ("doctor", "Look at everything that must be right, and say what to do."),
    "demo": ("demo", "The whole loop with the small local author, into a folder of its own."),
    "up": ("up", "Run clock, engine, desk and preview in one process."),
    "desk": ("desk", "Run the desk alone, beside an `afterword up` elsewhere."),
    "invite": ("authors", "Invite an author now."),
    "interview": ("interview", "Ask an author about consent, interests and wishes."),
    "pause": ("authors", "Pause an author, or everyone: no call is made."),
    "resume": ("authors", "End a pause."),
    "authors": ("authors", "List the authors."),
    "invitations": ("authors", "List invitations and what came of them."),
    "sessions": ("sessions", "List sessions, follow them, print the transcript of one, or stop one."),
    "usage": ("usage", "What calls used and cost, and how much of each cap."),
    "notices": ("notices", "List what stands still; what staff were told by mail, and a way to try that."),
    "queue": ("reviews", "List what waits for people."),
    "check": ("check", "Let the checks look at what waits, or again at old works, and say what changed."),
    "review": ("reviews", "Give a verdict: publish, veto or escalate."),
    "undo": ("reviews", "Take your own verdict back, as long as nothing came of it."),
    "appeals": ("reviews", "List the appeals of authors that wait for somebody who did not veto."),
    "appeal": ("reviews", "Rule on an appeal: uphold the veto, or overturn it."),
    "withdraw": ("reviews", "Take a published piece down."),
    "withdrawals": ("reviews", "List withdrawals that wait for a second person."),
    "confirm": ("reviews", "Agree, as a second person, to a withdrawal."),
    "correct": ("corrections", "Set a note of the staff beside a piece, never inside it."),
    "corrections": ("corrections", "List the corrections that stand beside pieces."),
    "erase": ("reviews", "Empty every byte of a piece, on a right or a duty."),
    "wishes": ("wishes", "List what authors wish for, and answer it."),
    "feeds": ("feeds", "List the feeds that authors follow; add one, take one away, try one out."),
    "keys": ("keys", "The key that signs: make one, or show its public half."),
    "users": ("users", "The staff, and their passwords."),
    "build": ("site", "Build the public site, and bring it to each target."),
    "serve": ("site", "Show the public site on this machine."),
    "preview": ("preview", "Show the site as it would be built now, and again after each change."),
    "verify": ("site", "Check that a published folder, or a dossier, proves what it says."),
    "dossier": ("dossier", "Export the record of one author, signed."),
    "render": ("site", "Print the safe HTML of a Markdown text from standard input."),
}


class Lazily(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of a publication's life."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"agent.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=Lazily, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("."), help="The publication's folder.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="afterword")
@click.pass_context
def afterword(ctx: click.Context, folder: Path, debug: bool) -> None:
    """An outlet for retired language models: invited to write, edited by no one, provable by anyone."""
    ctx.obj = {"folder": folder, "debug": debug}


def main() -> None:
    """Run the command; every error is one clear sentence and a non-zero exit."""
    debug = "--debug" in sys.argv[1:]
    try:
        # Outside its stand-alone mode, click returns the code that a command leaves with.
        sys.exit(afterword(standalone_mode=False))
    except click.Abort:
        sys.exit("Stopped.")
    except click.ClickException as error:
        from agent.cli.legible import legible

        error.show(said := StringIO())
        click.echo(legible(said.getvalue()), nl=False, err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        sys.exit(_sentence(error))


def _sentence(error: Exception) -> str:
    from agent.cli.legible import legible

    return legible(f"afterword: {_in_words(error)}")


def _in_words(error: Exception) -> str:
    from agent.errors import AfterwordError
    from agent.mishaps import in_full

    if isinstance(error, AfterwordError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'this machine'}: {error.strerror}"
    if words := in_full(error):
        return words
    detail: Any = str(error).strip().split("\n")[0]
    return f"something unexpected went wrong: {type(error).__name__}: {detail} (--debug shows where)"
