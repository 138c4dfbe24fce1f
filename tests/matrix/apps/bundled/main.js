// A page for bundlers: it shows its answers.
import { answers } from "../answers.mjs";

document.querySelector("#answers").textContent = JSON.stringify(answers());
