import type { DecisionRecord } from "./index.js";

export type { DecisionRecord };

/** How records are written down. */
export interface DecisionLogOptions<R extends object = DecisionRecord> {
  /** Takes a line of JSON with its line feed. What it throws or rejects is reported and changes no decision. */
  write(line: string): unknown;
  /** The share of records that is written, 1 if absent; or which ones, as `(it) => it.effect !== "allow"`. */
  sample?: number | ((record: R) => boolean);
  /** Takes out what nobody is to see. Nothing is written where it gives nothing. */
  redact?: (record: R) => object | null | undefined;
}

/** What takes records, for `onDecision` and for `onExchange` of a gate, and writes them as JSON lines. */
export function decisionLog<R extends object = DecisionRecord>(options: DecisionLogOptions<R>): (record: R) => void;
