// An Express app behind a gate: no handler runs for a request whose caller lacks what its route needs.
import express from "express";
import { Organization } from "scopewise";
import { createGate } from "scopewise/edge";
import { gateMiddleware } from "scopewise/edge-node";
import { Routes } from "scopewise/routes";
import { authenticate, document, table } from "./rules.js";

const organization = Organization.parse(document);
const gate = createGate({ organization, routes: Routes.parse(table), authenticate, onUnknown: "deny" });

const app = express();
app.use(gateMiddleware(gate));
app.get("/", (request, response) => response.send("stacks live at /stacks/{org}/{project}/{stack}\n"));
app.get("/stacks/:org/:project/:stack", (request, response) => response.send(`${request.gate.principal} reads it\n`));
app.delete("/stacks/:org/:project/:stack", (request, response) => response.send(`${request.gate.principal} deletes it\n`));

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
