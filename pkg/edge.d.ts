import type { OrganizationSource, SourceContext, SourceState } from "./bundle-source.js";
import type { DecisionRecord, Organization, Trigger } from "./index.js";
import type { Confidence, NeededScope, Route, RouteNeeds, Routes } from "./routes.js";

export type { Confidence, DecisionRecord, NeededScope, OrganizationSource, Route, RouteNeeds, SourceState };

/** What outlives a request: of Workers the third argument of `fetch`. */
export type GateContext = SourceContext;

/** Where the rules of an organization come from. One that is given as it is counts as fresh for ever. */
export type Rules = Organization<any> | OrganizationSource<any>;

/** What is known of a request when its organization is chosen. */
export interface Choosing {
  /** The organization that the path names. */
  organization: string;
  principal: string;
  route: Route;
  context?: GateContext;
}

/** Who sends a request; of a deployment, what started it. */
export type Authenticated = string | { principal: string; trigger?: Trigger };

/** How much of a refusal the caller is told: nothing, what was needed and why not, or the explanation as well. */
export type Told = "nothing" | "needs" | "explanation";

interface CommonOptions {
  /**
   * The rules; of many organizations, those of the one that a request is about, as {@link organizations} chooses them.
   * Null stands for an organization that is not there.
   */
  organization:
    Rules | ((request: Request, choosing: Choosing) => Rules | null | undefined | Promise<Rules | null | undefined>);
  /** What requests need. */
  routes: Routes;
  /** Who sends a request: the only place from which a principal comes. Null for nobody. */
  authenticate(
    request: Request,
    context?: GateContext,
  ): Authenticated | null | undefined | Promise<Authenticated | null | undefined>;
  /** What becomes of a request that scopes do not decide: as `onUnknown`, unless it says something else. */
  onSpecial?: "deny" | "forward";
  /**
   * How sure a route must be for its allow to be forwarded as one (`documented`, unless it says something else), and for
   * its deny to refuse (`guessed`). Less than that is unknown.
   */
  confidence?: { forward?: Confidence; refuse?: Confidence };
  /** How much of a refusal is told, to everybody or by who asks: `needs`, if absent. */
  tell?: Told | ((asked: { principal: string; route: Route; request: Request }) => Told);
  /** Signs what the origin is told. Without it, that is a hint that anybody could write. */
  sign?: GateSigning;
  /** What `WWW-Authenticate` asks for: `Bearer`, if absent. */
  challenge?: string;
  /** Names a request in records. */
  requestId?(request: Request): string | undefined;
  /** Takes a record of each scope that was decided. What it throws changes nothing. */
  onDecision?(record: DecisionRecord, about: { route: Route; request: Request }): unknown;
  /** Takes what the origin answered to somebody, as `scopewise replay` reads it. */
  onExchange?(exchange: Exchange): unknown;
  /** The origin refused what was allowed here. */
  onMismatch?(mismatch: Mismatch): unknown;
  /** Takes what the other functions threw: the request was refused. Reported to the platform, if absent. */
  onError?(error: unknown): void;
}

/** How a gate decides. `onUnknown` says what becomes of what cannot be told without tags; it is never an allow. */
export type GateOptions = CommonOptions &
  (
    | { onUnknown: "deny" | "forward"; resolveTags?: undefined }
    | {
        onUnknown: "resolve";
        /** All tags of an entity, or null where it is not there. Then it is decided once more. */
        resolveTags(entity: string, asked: Resolving): TagsOf | null | undefined | Promise<TagsOf | null | undefined>;
      }
  );

/** All tags of an entity. */
export type TagsOf = Record<string, string>;

/** Why tags are asked for. */
export interface Resolving {
  /** The keys on which the decision rests. */
  needs: string[];
  principal: string;
  request: Request;
  context?: GateContext;
}

/**
 * A secret of 32 bytes or more for HMAC with SHA-256, or a `CryptoKey` for that or for Ed25519. Bytes alone are no key, for
 * they might be a public one: `crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"])` makes a key of these.
 */
export type GateKey = { secret: Uint8Array } | CryptoKey;

/** How what the origin is told is signed. */
export interface GateSigning {
  key: GateKey;
  /** By which the origin finds its key. */
  id: string;
  /** For how long it holds: 30, if absent. */
  lifetimeSeconds?: number;
}

/** A request that went on and the status of its answer: a line of a log that `scopewise replay` reads. */
export interface Exchange {
  at: string;
  principal: string;
  method: string;
  /** Path and query. */
  path: string;
  status: number;
}

/** An origin that refused what the rules allow. */
export interface Mismatch {
  status: number;
  principal: string;
  route: Route;
  needs: RouteNeeds;
  version?: number;
  method: string;
  target: string;
  requestId?: string;
}

/** What a request is taken for. */
interface Answered {
  principal?: string;
  organization?: string;
  /** Of the document that decided. */
  version?: number;
  route?: Route;
  needs?: RouteNeeds;
  method: string;
  target: string;
}

/** Why a request goes on. Nothing but `allow` is an allow. */
export type Mark = "allow" | "unknown" | "filter" | "user" | "public" | "special" | "passed";

/** A request that goes on. */
export interface GateForward extends Answered {
  refuse?: undefined;
  /** The request for the origin: without headers that only a gate may write, and with what this one says. */
  forward: Request;
  mark: Mark;
  /** The rules are older than they should be. */
  stale: boolean;
  requestId?: string;
  /** Whether the caller may not know that the entity is there, so that a 404 of the origin must not be told. */
  hides(): boolean;
}

/** A request that does not. */
export interface GateRefusal extends Answered {
  forward?: undefined;
  /** The answer to it. */
  refuse: Response;
}

/** A gate before an origin. */
export interface Gate {
  /** Decides on a request: at once, if nothing that is asked has to be waited for. Never throws, never rejects. */
  ask(
    request: Request,
    known?: { target?: string; context?: GateContext },
  ): GateForward | GateRefusal | Promise<GateForward | GateRefusal>;
  /** Answers a request: refuses it, or forwards it and gives what comes back. */
  fetch(
    request: Request,
    forward?: (request: Request) => Response | Promise<Response>,
    context?: GateContext,
  ): Promise<Response>;
  /**
   * For those who forward by themselves: tells of a mismatch, and gives the answer to put in the place of that of the
   * origin, if there must be one.
   */
  answered(answer: GateForward, status: number, context?: GateContext): Response | undefined;
}

/** A gate. Throws a `TypeError` for options that do not go together. */
export function createGate(options: GateOptions): Gate;

/** What a gate told the origin. */
export interface GateClaims {
  decision: Mark;
  principal?: string;
  organization?: string;
  version?: number;
  stale?: true;
  /** The id of the key. */
  key?: string;
  /** In seconds since 1970. */
  issued?: number;
  expires?: number;
}

/** What came of a verification. */
export type Verified =
  | ({ valid: true } & GateClaims)
  | { valid: false; reason: "missing" | "malformed" | "unknown_key" | "forged" | "expired" };

/** A request of the platform, or its parts: the target is path and query as they stand in it. */
export type Marked = Request | { method: string; target: string; header: string | null | undefined };

/** For the origin: what the gate says of a request, if it is from the gate and of this very request. */
export function verifyGateHeader(
  request: Marked,
  options: {
    /** By their ids; several at once while keys change. */
    keys: Readonly<Record<string, GateKey>>;
    /** 5, if absent. */
    clockToleranceSeconds?: number;
    /** In milliseconds since 1970. */
    now?: number;
  },
): Promise<Verified>;

/** What stands in the header, whoever wrote it. */
export function readGateHeader(request: Marked): GateClaims | undefined;

/**
 * Chooses among many organizations: `open` is asked for one that is not there, and says how many bytes it takes. Those
 * that nobody used for longest are let go where all of them take more than `maxBytes` (64 MB, if absent).
 */
export function organizations(options: {
  open(name: string, context?: GateContext): Opened | null | undefined | Promise<Opened | null | undefined>;
  maxBytes?: number;
}): (
  request: Request,
  choosing?: { organization?: string; context?: GateContext },
) => Rules | null | Promise<Rules | null>;

/** An organization that was opened. */
export interface Opened {
  source: Rules;
  bytes: number;
}
