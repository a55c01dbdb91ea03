// What was changed between two texts, word by word: Chinese in the browser's own words, so that no half word is struck out.
const MOST_STEPS = 1000; // edits looked for; texts further apart than that are shown as one replaced by the other

// [{kind: "same" | "removed" | "added", text}]
export function diff(before, after, language = "zh") {
  const [a, b] = [words(before, language), words(after, language)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const middle = shortest(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const found = [
    ...a.slice(0, start).map((text) => ({ kind: "same", text })),
    ...middle,
    ...a.slice(a.length - end).map((text) => ({ kind: "same", text })),
  ];
  return joined(readable(joined(found)));
}

// Characters taken out and put in.
export function sizes(changes) {
  const of = (kind) => changes.filter((one) => one.kind === kind).reduce((n, one) => n + [...one.text].length, 0);
  return { removed: of("removed"), added: of("added") };
}

export const count = (changes) => changes.filter((one) => one.kind !== "same").length;

function words(text, language) {
  if (typeof Intl.Segmenter !== "function") return text.match(/[\p{L}\p{N}]+(?<![\p{Script=Han}])|\s+|./gsu) ?? [];
  return Array.from(new Intl.Segmenter(language, { granularity: "word" }).segment(text), (one) => one.segment);
}

// Myers' greedy algorithm: the shortest way from one list to the other.
function shortest(a, b) {
  if (!a.length || !b.length) return replaced(a, b);
  const limit = Math.min(a.length + b.length, MOST_STEPS);
  let reach = new Map([[1, 0]]);
  const trail = [];
  for (let d = 0; d <= limit; d++) {
    trail.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = down ? reach.get(k + 1) : reach.get(k - 1) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) [x, y] = [x + 1, y + 1];
      reach.set(k, x);
      if (x >= a.length && y >= b.length) return walked(a, b, trail, d);
    }
    reach = new Map(reach);
  }
  return replaced(a, b);
}

function walked(a, b, trail, last) {
  const found = [];
  let [x, y] = [a.length, b.length];
  for (let d = last; d > 0; d--) {
    const reach = trail[d];
    const k = x - y;
    const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const before = down ? k + 1 : k - 1;
    const [fromX, fromY] = [reach.get(before), reach.get(before) - before];
    const middle = down ? fromX : fromX + 1;
    while (x > middle && y > (down ? fromY + 1 : fromY)) [x, y] = [x - 1, y - 1, found.push({ kind: "same", text: a[x - 1] })];
    found.push(down ? { kind: "added", text: b[fromY] } : { kind: "removed", text: a[fromX] });
    [x, y] = [fromX, fromY];
  }
  while (x > 0) found.push({ kind: "same", text: a[--x] });
  return found.reverse();
}

const replaced = (a, b) => [...a.map((text) => ({ kind: "removed", text })), ...b.map((text) => ({ kind: "added", text }))];

// What was taken out stands before what came in, and neighbours of one kind are one.
function joined(changes) {
  const found = [];
  let removed = "";
  let added = "";
  const settle = () => {
    if (removed) found.push({ kind: "removed", text: removed });
    if (added) found.push({ kind: "added", text: added });
    removed = added = "";
  };
  for (const { kind, text } of changes) {
    if (kind === "removed") removed += text;
    else if (kind === "added") added += text;
    else {
      settle();
      if (found.at(-1)?.kind === "same") found.at(-1).text += text;
      else found.push({ kind, text });
    }
  }
  settle();
  return found;
}

// A lone space or mark left over between two changes only breaks them up: it is changed with them.
function readable(changes) {
  const found = [];
  changes.forEach((one, i) => {
    const between = i > 0 && i < changes.length - 1 && one.kind === "same" && /^[\s\p{P}]{1,2}$/u.test(one.text) && !one.text.includes("\n");
    if (between) found.push({ kind: "removed", text: one.text }, { kind: "added", text: one.text });
    else found.push(one);
  });
  return found;
}
