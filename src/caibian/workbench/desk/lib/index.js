// What the desk is made of.
export { answers } from "./answers.js";
export { checking } from "./checking.js";
export { drafting } from "./drafting.js";
export { feedback } from "./feedback.js";
export { keeping } from "./keeping.js";
export { shortcuts } from "./keys.js";
export { material } from "./material.js";
export { opening } from "./opening.js";
export { picking } from "./picking.js";
export { running } from "./running.js";
export { start, taskList } from "./tasks.js";
