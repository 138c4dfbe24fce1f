// A Hono app behind a gate: no handler runs for a request whose caller lacks what its route needs.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Organization } from "scopewise";
import { createGate } from "scopewise/edge";
import { Routes } from "scopewise/routes";
import { authenticate, document, table } from "./rules.js";

const organization = Organization.parse(document);
const gate = createGate({ organization, routes: Routes.parse(table), authenticate, onUnknown: "deny" });

const app = new Hono();
app.use(async (context, next) => {
  const answer = await gate.ask(context.req.raw);
  if (answer.refuse) return answer.refuse;
  context.set("gate", answer);
  await next();
});
app.get("/", (context) => context.text("stacks live at /stacks/{org}/{project}/{stack}\n"));
app.get("/stacks/:org/:project/:stack", (context) => context.text(`${context.get("gate").principal} reads it\n`));
app.delete("/stacks/:org/:project/:stack", (context) => context.text(`${context.get("gate").principal} deletes it\n`));

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
