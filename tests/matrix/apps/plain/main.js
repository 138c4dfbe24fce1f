// A page that asks by itself.
import { answers } from "./answers.js";

document.querySelector("#answers").textContent = JSON.stringify(answers());
