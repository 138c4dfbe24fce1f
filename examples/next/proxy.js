// A gate before a Next.js app: what it refuses reaches no page and no handler, what it lets through is marked.
import { NextResponse } from "next/server";
import { Organization } from "scopewise";
import { createGate } from "scopewise/edge";
import { Routes } from "scopewise/routes";
import { sign, targetOf } from "./mark.js";
import { authenticate, document, table } from "./rules.js";

const organization = Organization.parse(document);
const gate = createGate({ organization, routes: Routes.parse(table), authenticate, onUnknown: "deny", sign });

export async function proxy(request, context) {
  const { refuse, forward } = await gate.ask(request, { target: targetOf(request), context });
  return refuse ?? NextResponse.next({ request: { headers: forward.headers } });
}
