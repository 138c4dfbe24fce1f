// A program for Node, Deno and Bun.
import { answers } from "../answers.mjs";

console.log(JSON.stringify(answers()));
