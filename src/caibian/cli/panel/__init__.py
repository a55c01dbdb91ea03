"""`caibian panel`: experts rank blind in the browser. Each verb's module is light to import."""

from __future__ import annotations

import typer

from caibian.cli.panel.accounts import add_expert, disable, password
from caibian.cli.panel.create import create
from caibian.cli.panel.exchange import export, import_
from caibian.cli.panel.serve import serve
from caibian.cli.panel.standing import close, status

app = typer.Typer(
    no_args_is_help=True,
    help="Expert panel: accounts, blind ranking in the browser, rankings back into a comparison.",
)
app.command("create")(create)
app.command("serve")(serve)
app.command("status")(status)
app.command("add-expert")(add_expert)
app.command("password")(password)
app.command("disable")(disable)
app.command("close")(close)
app.command("export")(export)
app.command("import")(import_)
