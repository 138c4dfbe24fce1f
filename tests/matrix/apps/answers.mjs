// The package by its names, as every app with a resolver imports it.
import { Organization, ScopewiseError } from "scopewise";
import * as admin from "scopewise/admin";
import * as catalog from "scopewise/catalog";
import * as review from "scopewise/review";
import * as snapshot from "scopewise/snapshot";
import * as transfer from "scopewise/transfer";
import { ask } from "./questions.mjs";

export const answers = () => ask({ Organization, ScopewiseError, admin, catalog, review, snapshot, transfer });
