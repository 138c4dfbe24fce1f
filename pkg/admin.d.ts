import { Organization as Asked } from "./index.js";

export * from "./index.js";

/** An organization with the questions of an administrator. */
export class Organization extends Asked {
  static parse(source: string | Uint8Array | ArrayBuffer | object): Organization;
  /** Every principal of the document: members and collaborators, teams, service principals, tokens. */
  principals(): string[];
}
