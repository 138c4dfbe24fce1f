// What a change of a document changes, what is odd in one, and whether a server answered by it: the part that has it, over the engine of "scopewise".
import { asking, bytesOf, given, lines, recordsOf, running } from "./asking.js";
import { asJson, calling } from "./crossing.js";
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
    replay(it, log, routes, { catalog, ...context } = {}) {
      running(part);
      const [records, table, known] = [recordsOf(log), given(routes), asJson(context)];
      const replayed = (one) => calling(() => one.review_replay(records, table, known, Date.now()));
      const { report, ...faults } = asking(Organization, it, catalog, replayed);
      return { ...report, ...faults };
    },
    lint: (document, { catalog, ...context } = {}) =>
      calling(() => running(part).review_lint(bytesOf(document), given(catalog), asJson(context), Date.now())),
  };
}
