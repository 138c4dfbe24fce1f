// A page that webpack builds: the module is a file of its own, with its address.
import { answers } from "./answers.mjs";

const address = new URL("scopewise/scopewise.wasm", import.meta.url);
document.querySelector("#answers").textContent = JSON.stringify(await answers(address));
