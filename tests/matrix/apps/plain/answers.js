// The package as files, for whoever imports without a resolver.
import { Organization, ScopewiseError } from "../node_modules/scopewise/index.js";
import * as admin from "../node_modules/scopewise/admin.js";
import * as catalog from "../node_modules/scopewise/catalog.js";
import * as review from "../node_modules/scopewise/review.js";
import * as snapshot from "../node_modules/scopewise/snapshot.js";
import * as transfer from "../node_modules/scopewise/transfer.js";
import { ask } from "../questions.mjs";

export const answers = () => ask({ Organization, ScopewiseError, admin, catalog, review, snapshot, transfer });
