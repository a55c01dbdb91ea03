"""`caibian chat`: a conversation in the terminal."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from caibian.models.backend import Backend
    from caibian.models.chat import Options
    from caibian.records import Message

_HELP = """\
/clear          forget the conversation
/system TEXT    instruct the model for the whole conversation (no TEXT: show it; '-': none)
/save [FILE]    write the conversation as JSON
/exit           leave (or Ctrl-D); Ctrl-C stops an answer"""


def chat(
    model: Annotated[
        str,
        typer.Argument(
            help="A run (runs/demo), a registered name, a GGUF file, a folder, a hub id or a URL#MODEL."
        ),
    ] = "default",
    once: Annotated[
        str | None,
        typer.Option(help="Ask this, print the answer and leave; '-' reads it from standard input."),
    ] = None,
    system: Annotated[str | None, typer.Option(help="Instruction for the whole conversation.")] = None,
    backend: Annotated[str | None, typer.Option(help="llama.cpp, transformers, openai or scripted.")] = None,
    adapter: Annotated[str | None, typer.Option(help="LoRA adapter: a GGUF file or a PEFT folder.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer.")] = 1024,
    temperature: Annotated[float, typer.Option(min=0.0, max=2.0, help="0 is reproducible.")] = 0.0,
    seed: Annotated[int, typer.Option(help="For temperatures above 0.")] = 0,
    threads: Annotated[int | None, typer.Option(min=1, help="By default the physical cores.")] = None,
    context: Annotated[int, typer.Option(min=256, help="Tokens of conversation and answer.")] = 8192,
) -> None:
    """Chat with a model in the terminal. Answers go to standard output, everything else to standard error."""
    from caibian.models.chat import Options
    from caibian.models.open import open_model
    from caibian.models.settings import chat_settings

    settings = chat_settings(model, backend=backend, adapter=adapter, threads=threads, context=context)
    options = Options(max_tokens=max_tokens, temperature=temperature, seed=seed)
    with open_model(model, backend=backend, adapter=adapter, **settings) as opened:
        talk = _Talk(opened, options, system)
        if once is not None:
            talk.ask(sys.stdin.read().strip() if once == "-" else once)
        else:
            talk.loop()


class _Talk:
    """One conversation and its commands."""

    def __init__(self, model: Backend, options: Options, system: str | None) -> None:
        self._model, self._options, self._system = model, options, system
        self._turns: list[Message] = []

    def loop(self) -> None:
        """Read lines until the end of input; from a terminal with a prompt, else without."""
        terminal = sys.stdin.isatty()
        if terminal:
            with suppress(ImportError):
                import readline  # noqa: F401  (makes input() editable)
            _say(f"{self._model.name}. /help shows the commands.")
        while True:
            try:
                line = input("\n> ") if terminal else input()
            except (EOFError, KeyboardInterrupt):
                return
            if not line.strip():
                continue
            if line.startswith("/"):
                if not self._command(line):
                    return
            else:
                self._ask_and_go_on(line)

    def ask(self, question: str) -> None:
        """Ask one question, print the answer as it comes, and remember both.

        Raises:
            ModelError: the model failed; the question is then forgotten.
        """
        self._turns.append({"role": "user", "content": question})
        texts: list[str] = []
        stream = self._model.stream(self._conversation(), self._options)
        try:
            for text in stream:
                texts.append(text)
                sys.stdout.write(text)
                sys.stdout.flush()
        except KeyboardInterrupt:
            getattr(stream, "close", lambda: None)()
            _say(" (stopped)")
        except BaseException:
            self._turns.pop()
            raise
        if not texts:
            _say("(the model answered with nothing)")
        print(flush=True)
        self._turns.append({"role": "assistant", "content": "".join(texts)})

    def _ask_and_go_on(self, question: str) -> None:
        from caibian.errors import CaibianError, ContextOverflow

        try:
            self.ask(question)
        except ContextOverflow as error:
            _say(f"{error}; /clear starts anew")
        except CaibianError as error:
            _say(f"error: {error}")

    def _command(self, line: str) -> bool:
        """Obey a command; False ends the conversation."""
        name, _, argument = line[1:].strip().partition(" ")
        argument = argument.strip()
        if name in ("exit", "quit"):
            return False
        if name == "clear":
            self._turns.clear()
            _say("Cleared.")
        elif name == "system":
            if argument:
                self._system = None if argument == "-" else argument
            _say(f"System: {self._system or '(none)'}")
        elif name == "save":
            self._save(Path(argument or f"conversation-{datetime.now():%Y%m%d-%H%M%S}.json").expanduser())
        else:
            _say(_HELP)
        return True

    def _conversation(self) -> list[Message]:
        first: list[Message] = [{"role": "system", "content": self._system}] if self._system else []
        return first + self._turns

    def _save(self, path: Path) -> None:
        from caibian.files import write_text

        said = {"model": self._model.name, "messages": self._conversation()}
        try:
            write_text(path, json.dumps(said, ensure_ascii=False, indent=2) + "\n")
        except OSError as error:
            _say(f"error: {path}: {error.strerror}")
        else:
            _say(f"Saved {path}.")


def _say(text: str) -> None:
    typer.echo(text, err=True)
