export * from "./questions.js";
export * from "./review.js";
export * from "./transfer.js";
