"""`caibian serve`: a model for one person, or with `--config` a whole newsroom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from caibian.service.newsroom.run import Served

_DEFAULT_MODEL = "default"
_GIVEN = ("COMMANDLINE", "ENVIRONMENT")
_MODEL_PORT, _PAGES_PORT, _API_PORT = 8000, 8080, 8000


def serve(
    context: typer.Context,
    model: Annotated[
        str | None,
        typer.Argument(
            help="A run (runs/demo), a registered name, a GGUF file, a folder or a hub id; by default `default`."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Settings of a newsroom; without MODEL. See caibian newsroom init."
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for the whole network.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port, of a newsroom its pages; 0 takes a free one. By default 8000, of pages 8080.",
        ),
    ] = None,
    backend: Annotated[str | None, typer.Option(help="llama.cpp, transformers, openai or scripted.")] = None,
    adapter: Annotated[str | None, typer.Option(help="LoRA adapter: a GGUF file or a PEFT folder.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="By default the physical cores.")] = None,
    context_tokens: Annotated[
        int, typer.Option("--context", min=256, help="Tokens of conversation and answer.")
    ] = 8192,
    parallel: Annotated[int, typer.Option(min=1, help="Requests answered side by side.")] = 1,
    max_queue: Annotated[int, typer.Option(min=0, help="Requests that may wait; more get 429.")] = 32,
    api_key_env: Annotated[
        str | None, typer.Option(help="Environment variable with a key that clients must send.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model in the interface.")] = None,
    api_port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Newsroom: port of the API; 0 takes a free one."),
    ] = _API_PORT,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Newsroom: processes of the API.")] = 1,
    https: Annotated[
        bool,
        typer.Option(
            "--https", help="Newsroom: people come by https, through a proxy; cookies go no other way then."
        ),
    ] = False,
    pages: Annotated[
        bool, typer.Option("--pages/--no-pages", help="Newsroom: without pages, the API alone.")
    ] = True,
    background: Annotated[
        bool,
        typer.Option(
            "--background", help="Newsroom: run on without this terminal; see caibian newsroom stop."
        ),
    ] = False,
) -> None:
    """Serve a model (a chat page at /, OpenAI's interface at /v1), or a newsroom: pages, API, engines and batches."""
    if config is None:
        _refuse(context, ("api_port", "workers", "https", "pages", "background"), "needs --config")
        _serve_model(
            model or _DEFAULT_MODEL,
            host,
            _MODEL_PORT if port is None else port,
            backend,
            adapter,
            threads,
            context_tokens,
            parallel,
            max_queue,
            api_key_env,
            name,
        )
        return
    of_a_model = ("model", "backend", "adapter", "threads", "context_tokens", "parallel", "max_queue")
    _refuse(context, (*of_a_model, "api_key_env", "name"), "stands in the settings, not beside --config")
    _serve_house(
        config, host, _PAGES_PORT if port is None else port, api_port, workers, https, pages, background
    )


def _refuse(context: typer.Context, names: tuple[str, ...], why: str) -> None:
    """An option that would be ignored is an error."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in names and source is not None and source.name in _GIVEN:
            raise typer.BadParameter(why, ctx=context, param_hint=f"'{parameter.opts[-1]}'")


def _serve_model(
    model: str,
    host: str,
    port: int,
    backend: str | None,
    adapter: str | None,
    threads: int | None,
    tokens: int,
    parallel: int,
    max_queue: int,
    api_key_env: str | None,
    name: str | None,
) -> None:
    from caibian.models.settings import chat_settings
    from caibian.service.run import serve as run
    from caibian.service.supervisor import EngineSpec
    from caibian.sockets import LOOPBACK

    settings = chat_settings(
        model,
        backend=backend,
        adapter=adapter,
        threads=threads,
        context=tokens,
        parallel=parallel,
        name=name,
    )
    spec = EngineSpec(model, backend, adapter, parallel, settings)
    if host not in LOOPBACK and api_key_env is None:
        typer.echo(f"Warning: everyone who reaches {host} can use this model; see --api-key-env.", err=True)
    typer.echo(f"Loading {model} …", err=True)

    def announce(url: str, served: str) -> None:
        typer.echo(
            f"{served} is ready.\n  Chat page   {url}/\n  Interface   {url}/v1\nStop with Ctrl-C.", err=True
        )

    run(spec, host=host, port=port, max_queue=max_queue, api_key_env=api_key_env, on_ready=announce)


def _serve_house(
    config: Path,
    host: str,
    port: int,
    api_port: int,
    workers: int,
    https: bool,
    pages: bool,
    in_background: bool,
) -> None:
    from caibian.service.logs import log_json
    from caibian.service.newsroom import background
    from caibian.service.newsroom.run import serve_house
    from caibian.service.settings import read_settings
    from caibian.sockets import LOOPBACK

    settings = read_settings(config)
    state = background.state_file(settings, config)
    background.refuse_second(state)
    if host not in LOOPBACK and not https:
        typer.echo(
            f"Warning: passwords cross the network of {host} unencrypted; put a proxy with https before it (--https).",
            err=True,
        )
    if in_background:
        arguments = ["serve", "--config", str(config), "--host", host, "--port", str(port)]
        arguments += ["--api-port", str(api_port), "--workers", str(workers)]
        arguments += [*(["--https"] if https else []), *([] if pages else ["--no-pages"])]
        log = background.log_file(settings, config)
        running = background.start(arguments, state, log)
        _say(
            running.pages, running.api, f"Stop with: caibian newsroom stop --config {config}\n  Log    {log}"
        )
        return

    def announce(served: Served) -> None:
        try:
            background.leave_word(state, served.pages, served.api)
        except OSError as error:  # the settings may lie where nothing can be written
            typer.echo(
                f"Note: {state} cannot be written ({error}); caibian newsroom stop will not find it.",
                err=True,
            )
        _say(served.pages, served.api, "Stop with Ctrl-C.")

    log_json()
    names = ", ".join(engine.name for engine in settings.engines)
    typer.echo(f"Starting {names} …", err=True)
    try:
        serve_house(
            settings,
            host=host,
            port=port,
            api_port=api_port,
            workers=workers,
            pages={"https": https} if pages else None,
            on_ready=announce,
        )
    finally:
        background.take_back(state)


def _say(pages: str | None, api: str, last: str) -> None:
    lines = [f"  Pages  {pages}"] if pages else []
    typer.echo("\n".join(["The newsroom is ready.", *lines, f"  API    {api}/v1", last]), err=True)
