// What a change of a document changes, what is odd in one, and whether a server answered by it: the part that has it,
// over the engine of "scopewise".
import { archiveOf, isArchive } from "./archive.js";
import { asking, bytesOf, given, lines, recordsOf, running } from "./asking.js";
import { ScopewiseError, asJson, calling } from "./crossing.js";
import { runtimeOf } from "./organization.js";
import { Part } from "./parts.js";

/** Everything of `scopewise/review`, by the bytes or the module of its part. */
export function reviewing(Organization, source) {
  const part = new Part(Organization[runtimeOf], source);
  return {
    ready: part.ready,
    diff(before, after, { guards = [], catalog, ...context } = {}) {
      running(part);
      const [guarded, known] = [lines(guards), asJson(context)];
      const differing = (one, other) => calling(() => one.review_diff(other, guarded, known, Date.now()));
      return asking(Organization, before, catalog, (one) => asking(Organization, after, catalog, (other) => differing(one, other)));
    },
    replay(it, log, routes, { catalog, principal, principalHeader, host, ...context } = {}) {
      running(part);
      const [records, archive] = logOf(log, { principal, principalHeader, host });
      const [table, known] = [given(routes), asJson(context)];
      const replayed = (one) => calling(() => one.review_replay(records, archive, table, known, Date.now()));
      const { report, ...faults } = asking(Organization, it, catalog, replayed);
      return { ...report, ...faults };
    },
    lint: (document, { catalog, ...context } = {}) =>
      calling(() => running(part).review_lint(bytesOf(document), given(catalog), asJson(context), Date.now())),
  };
}

/** A log as lines; and where they are the entries of an archive, what it does not say itself. */
function logOf(log, said) {
  if (isArchive(log)) return archiveOf(log, said);
  if (said.principal === undefined && said.principalHeader === undefined) return [recordsOf(log), undefined];
  throw new ScopewiseError("each record names its principal: leave `principal` and `principalHeader` out");
}
