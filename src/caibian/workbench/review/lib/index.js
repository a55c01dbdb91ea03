// What the review pages are made of.
export { InkedText } from "./editor.js";
export { Keeper } from "./keeping.js";
export { LabelVerifier } from "./labels.js";
export { examinations } from "./facts.js";
export { follow, place, segments } from "./marks.js";
export { merged } from "./merging.js";
export { deciding, verifyLabel } from "./deciding.js";
export { once, settled } from "./once.js";
export { STATES, actions, conflictPart, head, notices, parts, stepDialog, textPart } from "./page.js";
export { writing } from "./writing.js";
