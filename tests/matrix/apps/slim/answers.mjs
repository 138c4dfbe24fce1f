// The door without the module, which is told where that is.
import * as admin from "scopewise/admin";
import * as catalog from "scopewise/catalog";
import * as review from "scopewise/review";
import { Organization, ScopewiseError, init } from "scopewise/slim";
import * as snapshot from "scopewise/snapshot";
import * as transfer from "scopewise/transfer";
import { ask } from "../questions.mjs";

export async function answers(source) {
  await init(source);
  return ask({ Organization, ScopewiseError, admin, catalog, review, snapshot, transfer });
}
