"""`caibian evaluate`: is it better, and how do we know? Each verb is a module that is light to import."""

from __future__ import annotations

import importlib

import typer

# Verb -> its module in this package, which holds a function named as the verb (with `_` for `-`, and behind a
# Python keyword or builtin: `set_`).
_VERBS: dict[str, str] = {
    "set": "set_",
    "answer": "answer",
    "tasks": "tasks",
    "judge": "judge",
    "errors": "errors",
    "safety": "safety",
    "agreement": "agreement",
    "panel-export": "panel_export",
    "panel-import": "panel_import",
    "report": "report",
    "export": "export",
}

app = typer.Typer(
    no_args_is_help=True, help="Evaluate: build a set, have systems answer it, judge, compare, report."
)
for _verb, _function in _VERBS.items():
    _module = importlib.import_module(f"caibian.cli.evaluate.{_function.rstrip('_')}")
    app.command(_verb)(getattr(_module, _function))
