import type { Decision, Effect, Reason, TaggedEntity } from "./index.js";

/** A decision that a snapshot holds. */
export interface KeptDecision {
  effect: Effect;
  /** `not_covered`, with the effect `unknown`, for what the snapshot was not made for. */
  reason: Reason | "not_covered";
  needs?: Decision["needs"];
  /** The snapshot is older than it should be. */
  stale?: true;
}

/** Decisions about one principal, made elsewhere: it looks up and decides nothing. */
export class Snapshot {
  private constructor();
  readonly principal: string;
  readonly issuedAt: Date;
  /** Whether it is older than it should be. */
  readonly stale: boolean;
  /** True for an allow alone. */
  can(scope: string, entity: string): boolean;
  /** After its token has expired everything is deny. */
  decide(scope: string, entity: string): KeptDecision;
  /** The entities on which the scope is allowed, in their order. */
  filter<E extends string | TaggedEntity>(entities: Iterable<E>, scope: string): E[];
}

/** Opens what `snapshot` of a principal made: the text, or the value that it stands for. Throws for anything else. */
export function openSnapshot(blob: string | object): Snapshot;
