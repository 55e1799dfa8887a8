"""The arguments of ``python -m sims``; those of run and sweep hold a flag for each field."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import theory
from theory._command_line import Parser, memory, path, whole
from theory._discovery import summary
from theory._field_flags import add_axes, add_flags
from theory._machine import jobs_option

SUMMARY = (
    "python -m sims list | show CLAIM | run SETTING [flags] | verify [SETTING...] | sweep SETTING"
    " | cache"
)
_MOST_TRIALS = 2**32  # see sims._run


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--mode", default="default", help="which of the setting's simulations")
    command.add_argument("--trials", type=whole(1, _MOST_TRIALS), default=256,
                         help="how many (default: 256)")  # fmt: skip
    _computing(command)


def _computing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=whole(), default=0, help="of all random keys (default: 0)")
    command.add_argument("--memory", type=memory, help="of trials, such as 512MiB (default: 2GiB)")
    command.add_argument("--store", type=path, metavar="DIR", help="where finished trials are kept")


def _add_run(commands: Any, **options: Any) -> argparse.ArgumentParser:
    run = commands.add_parser("run", help="simulate one setting at your params", **options)
    run.add_argument("setting", nargs="?")
    _common(run)
    run.add_argument("--no-store", action="store_true", help="keep and reuse nothing")
    run.add_argument("--block", type=whole(1, _MOST_TRIALS), default=0, metavar="N", help=(
        "trials side by side in one program; default what suits a processor's cache. A GPU wants"
        " hundreds where a trial is small; numbers may round differently"
    ))  # fmt: skip
    run.add_argument("--save", type=path, metavar="FILE.npz", help="keep every trial's observables")
    return run


def _add_sweep(commands: Any, **options: Any) -> argparse.ArgumentParser:
    sweep = commands.add_parser("sweep", help="simulate over a grid of params", **options)
    sweep.add_argument("setting", nargs="?")
    sweep.add_argument("--grid", type=path, metavar="FILE.toml", help="axes: n = [100, 200]")
    sweep.add_argument("--shard", metavar="i/N", help="every N-th job only, from the i-th on")
    sweep.add_argument("--collect", action="store_true", help="compute nothing, make the table")
    _common(sweep)
    sweep.add_argument("--out", type=path, default=Path("out"), metavar="DIR")
    return sweep


def _add_verify(commands: Any) -> None:
    verify = commands.add_parser("verify", help="hold the claims against simulation")
    verify.add_argument("setting", nargs="*", help="default: all")
    verify.add_argument("--claim", action="append", metavar="NAME", help="only this one (repeat)")
    verify.add_argument("--deep", action="store_true", help="also the claims with large budgets")
    verify.add_argument("--plan", action="store_true", help="print the cost and stop")
    _computing(verify)
    verify.add_argument("--no-store", action="store_true", help="keep and reuse nothing")
    verify.add_argument(
        "--distributed", action="store_true",
        help="one of several processes that share the trials; SLURM and Open MPI are detected",
    )  # fmt: skip
    verify.add_argument("--coordinator", metavar="HOST:PORT", help="where process 0 listens")
    verify.add_argument("--processes", type=whole(1, 10**6), metavar="N", help="how many there are")
    verify.add_argument("--process-index", type=whole(0, 10**6), metavar="I", help="which this is")
    verify.add_argument("--jobs", **jobs_option("setting"))
    verify.add_argument("--out", type=path, default=Path("out"), metavar="DIR")


def _parser(**options: Any) -> tuple[Parser, dict[str, argparse.ArgumentParser]]:
    """The parser, and those of run and sweep, which take ``options``."""
    parser = Parser(prog="python -m sims", description=SUMMARY)
    parser.add_argument("--settings", type=path, metavar="DIR", help="a folder with theory/, sims/")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="the known settings")
    listing.add_argument("--topic", metavar="WORD", help="only those about it, such as robustness")
    show = commands.add_parser("show", help="a claim's words, and the formula of its code")
    show.add_argument("claim", nargs="+", help="its name; a star stands for any letters")
    found = {"run": _add_run(commands, **options)}
    _add_verify(commands)
    found["sweep"] = _add_sweep(commands, **options)
    cache = commands.add_parser("cache", help="what is stored of finished runs; --clear removes it")
    cache.add_argument("setting", nargs="?", help="only this setting")
    cache.add_argument("--clear", action="store_true", help="remove the stored runs")
    cache.add_argument("--store", type=path, metavar="DIR", help="where finished trials are kept")
    for command in commands.choices.values():
        command.add_argument("--settings", type=path, metavar="DIR", default=argparse.SUPPRESS)
    return parser, found


def reserved_flags() -> set[str]:
    """The names that no field of a setting may have: each is a flag of run or sweep."""
    return {a.dest for command in _parser()[1].values() for a in command._actions}


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command's arguments; for run and sweep ``params_class`` is the mode's.

    Leaves by SystemExit, as argparse does, for --help and for wrong usage. Raises ValueError for
    an unknown setting.
    """
    given = [_hyphens(word) for word in (sys.argv[1:] if arguments is None else arguments)]
    # a first look for the setting, whose fields are flags; --help waits until they are known
    parser, commands = _parser(add_help=False)
    known, rest = parser.parse_known_args(given)
    if known.settings:
        theory.add_settings_folder(known.settings)
    if known.command not in commands:
        return _parser()[0].parse_args(given)
    if known.setting is None:
        if {"-h", "--help"} & set(rest):
            parser, commands = _parser()
            commands[known.command].parse_args(["--help"])
        commands[known.command].error("name a setting; `python -m sims list` shows the known ones")
    params_class = params_class_of(known.setting, known.mode)
    parser, commands = _parser(description=_description(known.setting))
    command = commands[known.command]
    command.prog = f"python -m sims {known.command}"
    (add_flags if known.command == "run" else add_axes)(command, params_class)
    namespace = parser.parse_args(given)
    namespace.params_class = params_class
    return namespace


def _description(setting: str) -> str:
    from sims._engine import simulations_of

    modes = "; ".join(f"{name} ({s.doc})" for name, s in simulations_of(setting).items())
    return f"{summary(setting)} Modes: {modes}".replace("%", "%%")


def _hyphens(word: str) -> str:
    """``--flip_probability`` is ``--flip-probability``."""
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    return name.replace("_", "-") + equals + value


def params_class_of(setting: str, mode: str = "default") -> type:
    """The Params of a mode: those that its trial names, or else the setting's.

    Raises ValueError if the setting is unknown or has none.
    """
    from sims._engine import simulations_of
    from sims._simulation import params_of

    of_setting = getattr(theory.load("theory", setting), "Params", None)
    if of_setting is None:
        raise ValueError(f"{setting}: theory/{setting}.py defines no Params")
    simulation = simulations_of(setting).get(mode)
    return (simulation and params_of(simulation)) or of_setting
