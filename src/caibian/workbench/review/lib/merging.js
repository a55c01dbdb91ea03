// Two people's changes to one text brought together, where they do not touch each other.
import { diff } from "caibian-kit";

// What a text became, as replacements of stretches of the old one: [{from, to, text}].
function edits(before, after, language) {
  const found = [];
  let at = 0;
  for (const { kind, text } of diff(before, after, language)) {
    if (kind === "same") {
      at += text.length;
      continue;
    }
    const last = found.at(-1);
    const edit = last?.to === at ? last : { from: at, to: at, text: "" };
    if (edit !== last) found.push(edit);
    if (kind === "removed") edit.to = at += text.length;
    else edit.text += text;
  }
  return found;
}

// The text with the changes of both; null where both changed the same place.
export function merged(base, mine, theirs, language) {
  if (mine === theirs || theirs === base) return mine;
  if (mine === base) return theirs;
  const all = [...edits(base, mine, language), ...edits(base, theirs, language)].sort((a, b) => a.from - b.from || a.to - b.to);
  let text = "";
  let at = 0;
  let last = null;
  for (const edit of all) {
    if (last && edit.from <= last.to && !(edit.from === last.to && edit.from === edit.to && last.from !== last.to)) {
      if (last.from === edit.from && last.to === edit.to && last.text === edit.text) continue; // both did the same
      return null;
    }
    text += base.slice(at, edit.from) + edit.text;
    at = edit.to;
    last = edit;
  }
  return text + base.slice(at);
}
