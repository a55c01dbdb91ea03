// Keys that make a repeat harmless: the same request, tried again, has the same key, and is carried out once.
import { key } from "caibian-kit";

let last = { content: "", key: "" };

// The body with a key: a new one, unless this very body was the last one made here and was not settled.
export function once(body) {
  const content = JSON.stringify(body);
  if (content !== last.content) last = { content, key: key() };
  return { ...body, key: last.key };
}

// What was asked last has been answered: the same again is meant again.
export function settled() {
  last = { content: "", key: "" };
}
