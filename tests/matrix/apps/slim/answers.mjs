// The door without the module, which is told where that is.
import * as admin from "scopewise/admin";
import * as catalog from "scopewise/catalog";
import { Organization, ScopewiseError, init } from "scopewise/slim";
import * as snapshot from "scopewise/snapshot";
import { ask } from "../questions.mjs";

export async function answers(source) {
  await init(source);
  return ask({ Organization, ScopewiseError, admin, catalog, snapshot });
}
