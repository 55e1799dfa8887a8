"""``python -m theory SETTING ...``: predictions for your own numbers, where a setting offers it."""

import sys
from collections.abc import Sequence

import theory
from theory._command_line import (
    EXPECTED_ERRORS,
    INTERRUPTED,
    USAGE,
    Parser,
    begin,
    complain,
    path,
)
from theory._discovery import summary

PROGRAM = "python -m theory"


def main(arguments: Sequence[str] | None = None) -> int:
    """Hands the remaining arguments to the setting's ``command(arguments) -> exit status``."""
    try:
        begin()
        return _answer(arguments)
    except SystemExit as stop:  # argparse leaves the process; a caller of main() stays
        return stop.code if isinstance(stop.code, int) else USAGE
    except EXPECTED_ERRORS as error:
        return complain(PROGRAM, error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _answer(arguments: Sequence[str] | None) -> int:
    parser = Parser(prog=PROGRAM, description=__doc__, add_help=False)
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
    command = getattr(theory.load("theory", known.setting), "command", None)
    if command is None:
        raise ValueError(f"{known.setting} offers no command; see `python -m sims list`")
    return command(rest)


if __name__ == "__main__":
    sys.exit(main())
