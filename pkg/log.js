// Decisions as a log: a line of JSON for each, of those and with that in them which somebody may see.

import { report } from "./platform.js";
import { tell } from "./sequel.js";

/** What takes records of decisions, for `onDecision`, and writes them as JSON lines. */
export function decisionLog({ write, sample = 1, redact = (record) => record }) {
  if (typeof write !== "function") throw new TypeError("a log needs `write`: a function that takes a line");
  const isTaken = typeof sample === "function" ? sample : () => sample >= 1 || Math.random() < sample;
  const log = (record) => {
    if (!isTaken(record)) return undefined;
    const told = redact({ ...record });
    return told ? write(`${JSON.stringify(told)}\n`) : undefined;
  };
  return (record) => tell(() => log(record), report);
}
