// A service worker that asks.
import { answers } from "./answers.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.url.endsWith("/asked-of-the-service-worker")) event.respondWith(Response.json(answers()));
});
