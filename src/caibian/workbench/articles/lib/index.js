// What the pages of articles and batches are made of.
export { batching } from "./batching.js";
export { csv } from "./table.js";
export { importing, intake } from "./importing.js";
export { bar, listing, rows } from "./listing.js";
export { EDITORS, nameOf, progressBar, stateTag, taskSearch, tasksOf } from "./parts.js";
