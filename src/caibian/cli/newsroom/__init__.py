"""`caibian newsroom`: what is done on the machine of a house. Each verb's module is light to import."""

from __future__ import annotations

import typer

from caibian.cli.newsroom import features, feedback, keys, upkeep, users
from caibian.cli.newsroom.demo import demo
from caibian.cli.newsroom.init import init
from caibian.cli.newsroom.stop import stop

app = typer.Typer(
    no_args_is_help=True,
    help="The newsroom: settings, accounts, keys, switches, backup. `caibian serve --config` runs it.",
)
app.command("init")(init)
app.command("stop")(stop)
app.command("demo")(demo)
app.add_typer(users.app, name="user")
app.add_typer(keys.app, name="key")
app.add_typer(features.app, name="feature")
app.add_typer(feedback.app, name="feedback")
app.add_typer(upkeep.requests_app, name="requests")
app.command("backup")(upkeep.backup)
app.command("restore")(upkeep.restore)
