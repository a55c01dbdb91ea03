// Asking the newsroom through the workbench (`/service/…`): JSON, streams of server-sent events, and uploads.
const BASE = "/service";
const AWAY = 503;

export class Problem extends Error {
  // code and message as in the API's Problem; status 0: the workbench itself was not reached.
  constructor({ status, code, message, current = null, retryAfter = null }) {
    super(message);
    Object.assign(this, { status, code, current, retryAfter });
  }
}

export function address(path, query = {}) {
  const found = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return `${BASE}${path}${found.size ? `?${found}` : ""}`;
}

// A key that makes a repeated request harmless.
export function key() {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, "0")).join("");
}

export async function read(path, query, { signal } = {}) {
  return (await ask("GET", address(path, query), { signal })).json();
}

// Sends JSON; gives what came back, or null where nothing did.
export async function send(method, path, body, { signal } = {}) {
  const answer = await ask(method, address(path), { signal, ...json(body) });
  return answer.status === 204 ? null : answer.json();
}

// Server-sent events: onPiece(text) for each piece; gives the finished answer. Aborting the signal stops the model.
export async function stream(path, body, { signal, onPiece }) {
  const answer = await ask("POST", address(path), { signal, ...json(body) });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await chunk(reader, signal);
    held += value ?? "";
    const events = held.split(/\r?\n\r?\n/);
    held = done ? "" : events.pop();
    for (const { event, data } of events.map(parsed)) {
      if (event === "piece") onPiece(data.text);
      else if (event === "answer") return data;
      else if (event === "error") throw new Problem({ status: AWAY, ...data });
    }
    if (done) throw new Problem({ status: AWAY, code: "unavailable", message: "the answer broke off" });
  }
}

// Sends files; onProgress(0…1) while they go up.
export function upload(path, files, { signal, onProgress } = {}) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onload = () =>
      request.status < 300 ? resolve(request.response) : reject(problem(request.status, request.response, request.getResponseHeader("Retry-After")));
    request.onerror = () => reject(problem(0, null));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

// Fetches a file and hands it to the browser's downloads; a refusal is a Problem, not a broken file.
export async function download(path, query, fallback) {
  const answer = await ask("GET", address(path, query), {});
  const named = /filename\*=UTF-8''([^;]+)/i.exec(answer.headers.get("Content-Disposition") ?? "");
  const plain = /filename="?([^";]+)"?/i.exec(answer.headers.get("Content-Disposition") ?? "");
  hand(await answer.blob(), named ? decodeURIComponent(named[1]) : (plain?.[1] ?? fallback));
}

// Hands something made on the page to the browser's downloads.
export function hand(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const json = (body) => ({ headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function ask(method, url, options) {
  let answer;
  try {
    answer = await fetch(url, { method, ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw problem(0, null);
  }
  if (answer.ok) return answer;
  throw problem(answer.status, await answer.json().catch(() => null), answer.headers.get("Retry-After"));
}

async function chunk(reader, signal) {
  try {
    return await reader.read();
  } catch (error) {
    if (signal?.aborted || error.name === "AbortError") throw new DOMException("stopped", "AbortError");
    throw problem(0, null);
  }
}

function problem(status, body, retryAfter = null) {
  const code = body?.code ?? (status === 0 ? "offline" : status === 401 ? "unauthorised" : "unavailable");
  const wait = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  return new Problem({ status, code, message: body?.message ?? `status ${status}`, current: body?.current ?? null, retryAfter: wait });
}

function parsed(block) {
  let event = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  if (!data.length) return { event: "comment" };
  try {
    return { event, data: JSON.parse(data.join("\n")) };
  } catch {
    return { event: "comment" };
  }
}
