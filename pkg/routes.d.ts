export { ScopewiseError } from "./index.js";
export type { Problem } from "./index.js";

/** How sure it is what a request needs: written down, following from names and neighbours, or a guess. */
export type Confidence = "documented" | "inferred" | "guessed";

/** A table of routes as it is written: `docs/routes.md` says what each field means. */
export interface RouteTable {
  /** What becomes of a path that no route has: `deny`, unless it says `pass`. */
  unmapped?: "deny" | "pass";
  /** For an entity type the scope without which an entity of it looks as if it were not there. */
  reads?: Readonly<Record<string, string>>;
  routes: readonly RouteEntry[];
}

/** One route of a table as it is written. */
export interface RouteEntry {
  method: string;
  path: string;
  name?: string;
  needs: string;
  scope?: string;
  entity?: string;
  also?: readonly { scope: string; entity: string }[];
  entityType?: string;
  confidence?: string;
  opaque?: readonly string[];
  note?: string;
}

/** One route. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly name?: string;
  readonly confidence: Confidence;
  readonly note?: string;
  /** Its path is that of its entity, and of nothing in it or below it. */
  readonly endsWithEntity: boolean;
}

/** What a request needs. */
export type RouteNeeds =
  | { readonly needs: "scope"; readonly scopes: readonly NeededScope[] }
  | { readonly needs: "filter"; readonly each?: { readonly scope: string; readonly entityType: string } }
  | { readonly needs: "member"; readonly entity: string }
  | { readonly needs: "user" | "public" | "special" };

/** A scope and the entity on which it is needed. */
export interface NeededScope {
  readonly scope: string;
  readonly entity: string;
}

/** The route of a request. */
export interface RouteMatch {
  readonly route: Route;
  /** Its position in the table, from 0. */
  readonly position: number;
  readonly needs: RouteNeeds;
}

/** A request that is in no route, or that could be read in two ways. It must not be let through. */
export interface RouteRefusal {
  /** `not_ready` and `engine_failed` where the module gave no answer. */
  readonly error:
    | "malformed_method"
    | "fragment"
    | "not_a_path"
    | "too_long"
    | "unencoded"
    | "empty_segment"
    | "malformed_escape"
    | "invalid_utf8"
    | "control_character"
    | "backslash"
    | "semicolon"
    | "dot_segment"
    | "encoded_separator"
    | "double_encoding"
    | "escaped_literal"
    | "lookalike"
    | "ambiguous"
    | "method_unmapped"
    | "unmapped"
    | "not_ready"
    | "engine_failed"
    | (string & {});
  readonly message: string;
}

/** A request that is in no route, of a table that lets such requests pass. */
export interface RoutePassed {
  readonly passes: true;
}

/** Fulfilled when the module runs: at once, but on some engines' main thread. Until then every request is refused. */
export const ready: Promise<void>;

/** A table of routes, checked and frozen. */
export class Routes {
  protected constructor();
  /** Reads a table: a text, its bytes, or an object. Throws a {@link ScopewiseError} with every fault of it. */
  static parse(source: string | Uint8Array | ArrayBuffer | RouteTable): Routes;
  /** Every route, in the order of the table. */
  readonly routes: readonly Route[];
  /** The scope without which an entity of that type looks as if it were not there, where the table says it. */
  reads(entityType: string): string | undefined;
  /**
   * The route of a request, by its method and its target: path and query as they stand in the request, not decoded.
   * Never throws: a request that is in no route is answered with the reason.
   */
  find(method: string, target: string): RouteMatch | RouteRefusal | RoutePassed;
}
