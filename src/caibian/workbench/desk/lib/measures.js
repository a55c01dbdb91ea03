// How long an answer is, and how long it may be: in Chinese without spaces, as the service counts.
import { chars, fill, number } from "caibian-kit";

function languageOf(page) {
  const { language } = page.task.output;
  return language === "same" ? page.form.language : language;
}

const of = (table, language) => table[language] ?? null;

// The limits of the card in words, or null.
export function limits(page) {
  const { output } = page.task;
  const language = languageOf(page);
  const [least, most] = [of(output.min_chars, language), of(output.max_chars, language)];
  if (least && most) return fill(page.words.limit_between, { least: number(least), most: number(most) });
  if (most) return fill(page.words.limit_most, { most: number(most) });
  return least ? fill(page.words.limit_least, { least: number(least) }) : null;
}

// {n, least, most, fits} of a text; what the service counted comes before what is counted here.
export function measure(page, one) {
  const text = page.textOf(one);
  const language = languageOf(page);
  const counted = one.checked && one.checkedText === text ? one.checked : null;
  const n = counted?.chars ?? chars(language === "zh" ? text.replace(/\s+/gu, "") : text.trim());
  const least = counted?.least ?? of(page.task.output.min_chars, language);
  const most = counted?.most ?? of(page.task.output.max_chars, language);
  return { n, least, most, fits: (!most || n <= most) && (!least || n >= least) };
}

export { languageOf };
