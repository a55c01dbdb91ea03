// What the ranking page is made of. Render functions only: compiling templates in the browser would need `unsafe-eval`.
export { Clock } from "./clock.js";
export { confirmDialog, helpDialog, skipDialog } from "./dialogs.js";
export { content } from "./parts.js";
export { handing } from "./handing.js";
export { ordering } from "./ordering.js";
export { Saver } from "./saver.js";
export { dragging } from "./sorting.js";
export { listen } from "./keys.js";
export { answerCard } from "./answer.js";
export { actions, itemBar, notice, source } from "./page.js";
