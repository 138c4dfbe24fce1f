import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { answers } from "../answers.mjs";

test("the package answers under Vitest", () => {
  const given = answers();
  expect(given.can).toEqual([false, true, false]);
  writeFileSync("answers.json", JSON.stringify(given));
});
