"""`caibian instruct`: instruction data, built, looked at and exchanged. Each verb is a module that is light to import."""

from __future__ import annotations

import typer

from caibian.cli.instruct.audit import audit
from caibian.cli.instruct.build import build
from caibian.cli.instruct.exchange import export, import_
from caibian.cli.instruct.pool import pool
from caibian.cli.instruct.selfinstruct import selfinstruct

app = typer.Typer(
    no_args_is_help=True, help="Instruction data: build it from a recipe, audit it, exchange it."
)
app.command("build")(build)
app.command("audit")(audit)
app.command("pool")(pool)
app.command("selfinstruct")(selfinstruct)
app.command("export")(export)
app.command("import")(import_)
