"""`caibian serve`: a model behind OpenAI's interface, and a chat page."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    model: Annotated[
        str, typer.Argument(help="A run (runs/demo), a registered name, a GGUF file, a folder or a hub id.")
    ] = "default",
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for the whole network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    backend: Annotated[str | None, typer.Option(help="llama.cpp, transformers, openai or scripted.")] = None,
    adapter: Annotated[str | None, typer.Option(help="LoRA adapter: a GGUF file or a PEFT folder.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="By default the physical cores.")] = None,
    context: Annotated[int, typer.Option(min=256, help="Tokens of conversation and answer.")] = 8192,
    parallel: Annotated[int, typer.Option(min=1, help="Requests answered side by side.")] = 1,
    max_queue: Annotated[int, typer.Option(min=0, help="Requests that may wait; more get 429.")] = 32,
    api_key_env: Annotated[
        str | None, typer.Option(help="Environment variable with a key that clients must send.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model in the interface.")] = None,
) -> None:
    """Serve a model: a chat page at /, and OpenAI's interface at /v1."""
    from caibian.models.settings import chat_settings
    from caibian.service.run import serve as run
    from caibian.service.supervisor import EngineSpec

    settings = chat_settings(
        model,
        backend=backend,
        adapter=adapter,
        threads=threads,
        context=context,
        parallel=parallel,
        name=name,
    )
    spec = EngineSpec(model, backend, adapter, parallel, settings)
    if host not in ("127.0.0.1", "localhost", "::1") and api_key_env is None:
        typer.echo(f"Warning: everyone who reaches {host} can use this model; see --api-key-env.", err=True)
    typer.echo(f"Loading {model} …", err=True)

    def announce(url: str, served: str) -> None:
        typer.echo(
            f"{served} is ready.\n  Chat page   {url}/\n  Interface   {url}/v1\nStop with Ctrl-C.", err=True
        )

    run(spec, host=host, port=port, max_queue=max_queue, api_key_env=api_key_env, on_ready=announce)
