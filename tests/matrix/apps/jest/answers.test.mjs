import { readFileSync, writeFileSync } from "node:fs";
import { Organization } from "scopewise";
import { answers } from "../answers.mjs";

const environment = typeof document === "undefined" ? "node" : "jsdom";

test("the package answers under Jest", () => {
  const given = answers();
  expect(given.can).toEqual([false, true, false]);
  writeFileSync(`answers-${environment}.json`, JSON.stringify(given));
});

test("bytes of Node are bytes here too", () => {
  const acme = { revision: "2026-10", organization: "acme", members: [{ user: "ann", role: "admin" }] };
  writeFileSync(`acme-${environment}.json`, JSON.stringify(acme));
  expect(Organization.parse(readFileSync(`acme-${environment}.json`)).name).toBe("acme");
});
