// Figures as people read them.
import { number } from "caibian-kit";

export function ms(value) {
  if (value === null || value === undefined) return "–";
  if (value < 1000) return `${number(value)} ms`;
  return `${number(value / 1000, value < 10_000 ? 2 : 1)} s`;
}

export function short(value) {
  if (value === null || value === undefined) return "–";
  if (value < 10_000) return number(value, value < 10 ? 1 : 0);
  return value < 1_000_000 ? `${number(value / 1000, 1)}k` : `${number(value / 1_000_000, 1)}M`;
}

export const money = (value, currency) => `${number(value, value < 1 ? 4 : 2)} ${currency}`;

export const percent = (part, whole) => (whole ? number((100 * part) / whole, 1) : "0");

// A round step so that about `marks` lines cover 0 … most.
export function ticks(most, marks = 4) {
  if (!(most > 0)) return [0, 1];
  const rough = most / marks;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * size).find((one) => one >= rough);
  const found = [];
  for (let at = 0; at < most + step; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}
