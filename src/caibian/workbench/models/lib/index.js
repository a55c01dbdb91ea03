// What the page of models is made of.
export { Side } from "./side.js";
