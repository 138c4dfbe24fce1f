// A page that has a worker ask.
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => (document.querySelector("#answers").textContent = data);
worker.onerror = (event) => (document.querySelector("#answers").textContent = `the worker failed: ${event.message}`);
worker.postMessage("ask");
