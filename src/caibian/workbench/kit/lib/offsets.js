// The service counts characters (code points), JavaScript counts UTF-16 units: an emoji or a rare character is one there
// and two here.

export function chars(text) {
  let n = 0;
  for (const _ of text) n++;
  return n;
}

// Offsets in code points -> offsets in UTF-16 units; beyond the end is the end.
export function utf16(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => Math.min(offset, text.length);
  const at = [];
  let unit = 0;
  for (const character of text) {
    at.push(unit);
    unit += character.length;
  }
  return (offset) => at[offset] ?? text.length;
}

// A text cut at the edges of spans [{start, end, …}] in code points: [{text, span}]; of spans that overlap the first counts.
export function pieces(text, spans) {
  const place = utf16(text);
  const found = [];
  let from = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const start = place(span.start);
    const end = place(span.end);
    if (start < from || end <= start) continue;
    if (start > from) found.push({ text: text.slice(from, start), span: null });
    found.push({ text: text.slice(start, end), span });
    from = end;
  }
  if (from < text.length) found.push({ text: text.slice(from), span: null });
  return found;
}

// Spans found in `before`, as far as they still stand in `after`: what comes before or after the change moves with it.
export function shifted(spans, before, after) {
  if (before === after) return spans;
  const [a, b] = [Array.from(before), Array.from(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const moved = b.length - a.length;
  return spans.flatMap((span) => {
    if (span.end <= start) return [span];
    return span.start >= a.length - end ? [{ ...span, start: span.start + moved, end: span.end + moved }] : [];
  });
}
