import type { Context, Documented, Principal as AskedPrincipal, TaggedEntity, Vocabulary } from "./index.js";
import { Organization as Asked } from "./index.js";

export * from "./index.js";

/** What a bundle is to say of itself: version 0 and made now, unless it says otherwise. */
export interface Label {
  /** The version of the document, counted by whoever keeps it: a whole number. */
  version?: number;
  /** When it was made. */
  issuedAt?: Date | number;
  /** For how many seconds it counts as fresh; without it, for ever. */
  maxAgeSeconds?: number;
}

/** An organization with what servers and administrators ask. */
export class Organization<V extends Vocabulary = Documented> extends Asked<V> {
  static parse<V extends Vocabulary = Documented>(source: string | Uint8Array | ArrayBuffer | object): Organization<V>;
  static open<V extends Vocabulary = Documented>(bundle: Uint8Array | ArrayBuffer): Organization<V>;
  principal(name?: V["principal"]): Principal<V>;
  /** Every principal of the document: members and collaborators, teams, service principals, tokens. */
  principals(): string[];
  /** The whole organization as bytes, which open faster than the document: for servers. */
  toBundle(label?: Label): Uint8Array;
}

/** A principal with what servers and administrators ask about it. */
export interface Principal<V extends Vocabulary = Documented> extends AskedPrincipal<V> {
  /**
   * This principal's part of the organization, as bytes that `Organization.open` of any module opens: what a browser is
   * given. It answers for any entity, tags and time as the whole does about this principal, and names nobody else.
   */
  project(label?: Label): Uint8Array;
  /**
   * The decisions on these entities, as a text that `scopewise/snapshot` reads without the module: on all scopes of an
   * entity's type, or on those that are named.
   */
  snapshot(of: Label & Context & { entities: Iterable<string | TaggedEntity>; scopes?: Iterable<string> }): string;
}
