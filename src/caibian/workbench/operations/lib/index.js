// What the page of operations is made of.
export { Chart } from "./chart.js";
export { deciding } from "./deciding.js";
export { auditPart, requestsPart } from "./logs.js";
export { overviewPart } from "./overview.js";
export { accountDialog, accountsPart, confirmDialog, keyDialog, keysPart, secretDialog } from "./people.js";
export { budgetDialog, budgetsPart, featuresPart, switchDialog } from "./rights.js";
