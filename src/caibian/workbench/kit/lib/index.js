// What the pages of the newsroom share. Render functions only: compiling templates in the browser would need `unsafe-eval`.
export { Problem, address, download, hand, key, read, send, stream, upload } from "./api.js";
export { count, diff, sizes } from "./diff.js";
export { changes } from "./changes.js";
export { confirm, dialog } from "./dialog.js";
export { MarkedText } from "./marked.js";
export { FactStrip, SHAPES, tally } from "./facts.js";
export { SourceText } from "./source.js";
export { Kept } from "./kept.js";
export { chars, pieces, shifted, utf16 } from "./offsets.js";
export { button, day, fill, icon, moment, number, picked } from "./parts.js";
export { complain, says, toast, toasts } from "./toasts.js";
