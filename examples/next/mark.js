// The mark on what the gate lets through: `proxy.js` signs it, and handlers believe it if it holds.
import { verifyGateHeader } from "scopewise/edge";

export const sign = { id: "gate", key: { secret: new TextEncoder().encode(process.env.GATE_SECRET) } };

/** What is signed of an address. Between the proxy and a handler Next.js writes the query anew, in another order too. */
export function targetOf(request) {
  const { pathname, searchParams } = new URL(request.url);
  searchParams.sort();
  return `${pathname}?${searchParams}`;
}

/** A handler for what the gate has allowed, and for nothing that found a way around the gate. */
export const allowed = (handle) => async (request) => {
  const marked = { method: request.method, target: targetOf(request), header: request.headers.get("scopewise-gate") };
  const mark = await verifyGateHeader(marked, { keys: { [sign.id]: sign.key } });
  const isAllowed = mark.valid && mark.decision === "allow";
  return isAllowed ? handle(mark) : Response.json({ code: mark.reason ?? mark.decision }, { status: 403 });
};
