"""``python -m theory SETTING ... | new NAME | where NAME | kinds``.

SETTING: predictions for your own numbers, where a setting offers it; new: the files of a setting of
your own; where: the file and line of a claim, proof, mode, figure or formula; kinds: the ten kinds
of claim.
"""

import sys
from collections.abc import Sequence

import theory
from theory._command_line import EXPECTED_ERRORS, INTERRUPTED, USAGE, Parser, begin, complain, path
from theory._discovery import summary
from theory._new import new
from theory._precision import on_its_platform
from theory._where import where

PROGRAM = "python -m theory"


def main(arguments: Sequence[str] | None = None) -> int:
    """Hands the remaining arguments to the setting's ``command(arguments) -> exit status``."""
    try:
        begin()
        with on_its_platform():
            return _answer(arguments)
    except SystemExit as stop:  # argparse leaves the process; a caller of main() stays
        return stop.code if isinstance(stop.code, int) else USAGE
    except EXPECTED_ERRORS as error:
        return complain(PROGRAM, error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _answer(arguments: Sequence[str] | None) -> int:
    usage = f"{PROGRAM} SETTING ... | new NAME [--folder DIR] | where NAME | kinds"
    parser = Parser(prog=PROGRAM, usage=usage, description=__doc__, add_help=False)
    parser.add_argument("--settings", type=path, metavar="DIR",
                        help="a folder with theory/ and sims/ files")  # fmt: skip
    parser.add_argument("setting", nargs="?")
    known, rest = parser.parse_known_args(arguments)
    if known.settings:
        theory.add_settings_folder(known.settings)
    if known.setting is None:
        unknown = [word for word in rest if word not in ("-h", "--help")]
        if unknown:
            parser.error(f"name a setting before {' '.join(unknown)}")
        parser.print_help()
        for name in theory.settings():
            print(f"  {name}: {summary(name)}")
        return 0 if rest else USAGE
    if known.setting in _COMMANDS:
        return _COMMANDS[known.setting](rest)
    command = getattr(theory.load("theory", known.setting), "command", None)
    if command is None:
        raise ValueError(f"{known.setting} offers no command; see `python -m sims list`")
    return command(rest)


def _where(arguments: Sequence[str]) -> int:
    parser = Parser(prog=f"{PROGRAM} where", description="The file and line of a name.")
    parser.add_argument(
        "name", nargs="+", help="of a claim, proof, mode, figure, formula or setting"
    )
    for place in where(*parser.parse_args(arguments).name):
        print(place)
    return 0


def _kinds(arguments: Sequence[str]) -> int:
    parser = Parser(prog=f"{PROGRAM} kinds", description="The ten kinds of claim.")
    parser.parse_args(arguments)
    for kind, says in theory.KINDS_OF_CLAIM.items():
        print(f"{kind.__name__:11}{says}")
    return 0


_COMMANDS = {"new": new, "where": _where, "kinds": _kinds}


if __name__ == "__main__":
    sys.exit(main())
