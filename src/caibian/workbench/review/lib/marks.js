// Marks on a text: where they stand, how they follow an edit, and the text in pieces for drawing. All places here are
// those of JavaScript's strings; the service counts in code points.
import { chars, utf16 } from "caibian-kit";

// A place in a text as the service counts it.
export const points = (text, unit) => chars(text.slice(0, unit));

// Where a passage stands in the text as it is now: at its old place, else at the nearest other one, else nowhere.
export function place(text, { start, end, quote }) {
  if (start === null || start === undefined || !quote) return null;
  const unit = utf16(text);
  const [from, to] = [unit(start), unit(end)];
  if (text.slice(from, to) === quote) return { start: from, end: to };
  let best = -1;
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1))
    if (best < 0 || Math.abs(at - from) < Math.abs(best - from)) best = at;
  return best < 0 ? null : { start: best, end: best + quote.length };
}

// The marks after an edit: what stands before or after it stays on its words, what was edited has no mark any more.
export function follow(marks, before, after) {
  if (before === after) return marks;
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const end = before.length - tail;
  const shift = after.length - before.length;
  return marks.flatMap((mark) => {
    if (mark.end <= head) return [mark];
    if (mark.start >= end) return [{ ...mark, start: mark.start + shift, end: mark.end + shift }];
    return [];
  });
}

// The text cut wherever a mark begins or ends: [{text, marks}].
export function segments(text, marks) {
  const within = marks.filter((mark) => mark.start < mark.end && mark.end <= text.length);
  const cuts = new Set([0, text.length]);
  for (const { start, end } of within) cuts.add(start).add(end);
  const places = [...cuts].sort((a, b) => a - b);
  const waiting = [...within].sort((a, b) => a.start - b.start);
  let open = [];
  const found = [];
  for (let n = 0; n + 1 < places.length; n += 1) {
    const [from, to] = [places[n], places[n + 1]];
    open = open.filter((mark) => mark.end > from);
    while (waiting.length && waiting[0].start <= from) open = [...open, waiting.shift()];
    found.push({ text: text.slice(from, to), marks: open });
  }
  return found;
}

// The sentence around a place, at most `most` characters: what a fact is held against.
export function sentence(text, start, end, most = 160) {
  const stops = /[。！？!?；;\n]/;
  let from = start;
  while (from > 0 && start - from < most && !stops.test(text[from - 1])) from -= 1;
  let to = end;
  while (to < text.length && to - end < most && !stops.test(text[to])) to += 1;
  if (to < text.length && text[to] !== "\n") to += 1;
  while (from < start && /\s/.test(text[from])) from += 1;
  return { start: from, end: to, text: text.slice(from, to) };
}
