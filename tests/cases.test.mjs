// The shared cases through the npm package as Node loads it: the same files that run natively and as wasm.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { isDeepStrictEqual as same } from "node:util";
import { Organization, ScopewiseError } from "../pkg/node.js";

const cases = new URL("cases/", import.meta.url);
const at = "2026-11-20T00:00:00Z";

for (const file of readdirSync(cases)) {
  const { cases: list } = JSON.parse(readFileSync(new URL(file, cases), "utf8"));
  test(file, () => {
    const wrong = list.flatMap((it) => (it.problems ? refused(it) : decided(it)).map((line) => `${it.name}\n${line}`));
    assert.equal(wrong.join("\n\n"), "");
    assert.ok(list.length > 0);
  });
}

/** What is wrong with the answers to the requests of a case, once for each revision. Remedies are not in the package. */
function decided({ document, revisions: names = [document.revision], requests }) {
  assert.ok(requests.length > 0);
  return names.flatMap((revision) => {
    const parsed = Organization.parse({ ...document, revision });
    const asked = requests.map(({ expect, via, cites, remedies, ...request }) => ({ at, ...request }));
    const together = parsed.decideAll(asked);
    assert.equal(together.length, requests.length);
    return requests.flatMap((request, index) => {
      const expected = wanted(request);
      const got = answers(parsed, asked[index], together[index], request);
      const lines = [revision, JSON.stringify(asked[index]), JSON.stringify(expected), JSON.stringify(got)];
      return same(expected, got) ? [] : [lines.join("\n  ")];
    });
  });
}

function wanted({ expect, via, cites }) {
  if (expect.error) return { together: "error", decide: "error", explain: "error", can: false };
  const allow = expect.effect === "allow";
  const explain = { effect: expect.effect, reason: expect.reason, needs: expect.needs };
  return {
    together: expect,
    decide: expect,
    explain,
    can: allow,
    scopes: allow,
    filter: allow,
    matrix: expect.effect,
    via,
    cites,
  };
}

/** The answers to one request by every question that can be put so. */
function answers(parsed, request, together, { expect, via, cites }) {
  const { principal: name, scope, entity, ...context } = request;
  const principal = parsed.principal(name);
  const outcome = (ask) => {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof ScopewiseError) || error.message === "") throw error;
      return "error";
    }
  };
  const got = {
    together: typeof together.error === "string" ? "error" : together,
    decide: outcome(() => principal.decide(scope, entity, context)),
    can: principal.can(scope, entity, context),
  };
  const told = outcome(() => principal.explain(scope, entity, context));
  got.explain = told === "error" ? told : { effect: told.effect, reason: told.reason, needs: told.needs };
  assert.equal(principal.can(scope, entity), outcome(() => principal.decide(scope, entity).effect) === "allow");
  if (expect.error) return got;
  got.scopes = principal.scopes(entity, context).includes(scope);
  got.filter = principal.filter([entity], scope, context).length === 1;
  got.matrix = principal.matrix([entity], [scope], context).at(entity, scope);
  got.via = via && told.grants.map((grant) => grant.via);
  got.cites = cites && (cites.every((rule) => told.rules.some((it) => same(it, rule))) ? cites : told.rules);
  return got;
}

function refused({ document, text, problems }) {
  const json = text ?? JSON.stringify(document);
  const forms = [json, new TextEncoder().encode(json), typeof document === "object" ? document : json];
  return forms.flatMap((form) => {
    const found = problemsOf(form);
    const like = (problem, index) => {
      const { message = found[index]?.message, path = "document", ...rest } = problem;
      return { ...rest, path, message };
    };
    return same(problems.map(like), found)
      ? []
      : [`expected ${JSON.stringify(problems)}\n  got ${JSON.stringify(found)}`];
  });
}

function problemsOf(document) {
  try {
    Organization.parse(document);
  } catch (error) {
    assert.ok(error instanceof ScopewiseError, String(error));
    return error.problems;
  }
  return "taken";
}
