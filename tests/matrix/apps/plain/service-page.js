// A page whose service worker answers a request that no server could.
const { serviceWorker } = navigator;
const taken = new Promise((done) => serviceWorker.addEventListener("controllerchange", done));
await serviceWorker.register("./service.js", { type: "module" });
await taken;
const answer = await fetch("./asked-of-the-service-worker");
document.querySelector("#answers").textContent = await answer.text();
