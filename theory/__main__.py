"""``python -m theory SETTING ...``: predictions for your own numbers, where a setting offers it."""

import argparse
import sys
from collections.abc import Sequence

import theory
from theory._discovery import summary


def main(arguments: Sequence[str] | None = None) -> int:
    """Hands the remaining arguments to the setting's ``command(arguments) -> exit status``."""
    parser = argparse.ArgumentParser(prog="python -m theory", description=__doc__, add_help=False)
    parser.add_argument("--settings", metavar="DIR", help="a folder with theory/ and sims/ files")
    parser.add_argument("setting", nargs="?")
    known, rest = parser.parse_known_args(arguments)
    try:
        if known.settings:
            theory.add_settings_folder(known.settings)
        if known.setting is None:
            parser.print_help()
            for name in theory.settings():
                print(f"  {name}: {summary(name)}")
            return 0 if {"-h", "--help"} & set(rest) else 2
        command = getattr(theory.load("theory", known.setting), "command", None)
        if command is None:
            raise ValueError(f"{known.setting} offers no command; see `python -m sims list`")
        return command(rest)
    except (ValueError, OSError) as error:
        print(f"python -m theory: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
