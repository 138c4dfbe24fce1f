// A worker that asks.
import { answers } from "./answers.js";

onmessage = () => postMessage(JSON.stringify(answers()));
