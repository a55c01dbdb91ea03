// One model's answer as it comes, in the form of OpenAI's chat: pieces, how it ended, what it took.
import { Problem, address } from "caibian-kit";

const AWAY = 503;

export class Side {
  constructor() {
    this.clear("");
  }

  clear(model) {
    Object.assign(this, { model, text: "", problem: "", busy: false, stopped: false, done: false, cut: false, figures: null, abort: null });
  }

  stop() {
    this.abort?.abort();
  }

  // Raises: a Problem where the service refuses or breaks off.
  async ask(body) {
    this.clear(body.model);
    this.busy = true;
    this.abort = new AbortController();
    const started = performance.now();
    let first = null;
    let usage = null;
    try {
      for await (const data of events(body, this.abort.signal)) {
        if (data.error) throw new Problem({ status: AWAY, code: data.error.code ?? "unavailable", message: data.error.message ?? "" });
        if (data.model) this.model = body.model;
        usage = data.usage ?? usage;
        const choice = data.choices?.[0];
        if (choice?.delta?.content) {
          first ??= performance.now();
          this.text += choice.delta.content;
        }
        if (choice?.finish_reason === "length") this.cut = true;
      }
      this.done = true;
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      this.stopped = true;
    } finally {
      this.busy = false;
      this.abort = null;
      if (first !== null) this.figures = figures(started, first, performance.now(), usage?.completion_tokens);
    }
  }
}

function figures(started, first, ended, tokens) {
  const seconds = (from, to) => ((to - from) / 1000).toFixed(2);
  const writing = (ended - first) / 1000;
  const rate = tokens > 1 && writing > 0 ? ((tokens - 1) / writing).toFixed(1) : "–";
  return { first: seconds(started, first), all: seconds(started, ended), tokens: tokens ?? "–", rate };
}

async function* events(body, signal) {
  const answer = await sent(body, signal);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await piece(reader, signal);
    held += value ?? "";
    const lines = held.split(/\r?\n/);
    held = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const data = line.slice(5).trim();
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
    if (done) throw new Problem({ status: AWAY, code: "unavailable", message: "" });
  }
}

async function sent(body, signal) {
  let answer;
  try {
    answer = await fetch(address("/chat/completions"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ status: 0, code: "offline", message: "" });
  }
  if (answer.ok) return answer;
  const found = await answer.json().catch(() => ({}));
  const { code, message } = found.error ?? found; // OpenAI's form, or the house's own
  const wait = Number(answer.headers.get("Retry-After")) || null;
  throw new Problem({ status: answer.status, code: code ?? "unavailable", message: message ?? "", retryAfter: wait });
}

async function piece(reader, signal) {
  try {
    return await reader.read();
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") throw new DOMException("stopped", "AbortError");
    throw new Problem({ status: 0, code: "offline", message: "" });
  }
}
