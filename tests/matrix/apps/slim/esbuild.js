// A page that esbuild builds with its loader `file` for `.wasm`.
import address from "scopewise/scopewise.wasm";
import { answers } from "./answers.mjs";

document.querySelector("#answers").textContent = JSON.stringify(await answers(() => fetch(address)));
