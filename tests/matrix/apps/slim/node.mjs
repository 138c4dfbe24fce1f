// A program that reads the module itself.
import { readFile } from "node:fs/promises";
import { answers } from "./answers.mjs";

const bytes = readFile(new URL(import.meta.resolve("scopewise/scopewise.wasm")));
console.log(JSON.stringify(await answers(bytes)));
