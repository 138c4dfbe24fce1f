import type { DecisionRecord } from "./index.js";

export type { DecisionRecord };

/** How decisions are written down. */
export interface DecisionLogOptions {
  /** Takes a line of JSON with its line feed. What it throws or rejects is reported and changes no decision. */
  write(line: string): unknown;
  /** The share of decisions that is written, 1 if absent; or which ones, as `(it) => it.effect !== "allow"`. */
  sample?: number | ((record: DecisionRecord) => boolean);
  /** Takes out what nobody is to see. Nothing is written where it gives nothing. */
  redact?: (record: DecisionRecord) => object | null | undefined;
}

/** What takes records of decisions, for `onDecision`, and writes them as JSON lines. */
export function decisionLog(options: DecisionLogOptions): (record: DecisionRecord) => void;
