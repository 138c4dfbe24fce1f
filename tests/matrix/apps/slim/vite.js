// A page that Vite builds: the module is a file of its own, with its address.
import address from "scopewise/scopewise.wasm?url";
import { answers } from "./answers.mjs";

document.querySelector("#answers").textContent = JSON.stringify(await answers(address));
