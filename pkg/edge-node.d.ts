import type { Gate, GateForward } from "./edge.js";

/** A request of `node:http`, as far as it is looked at. */
export interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  rawHeaders: string[];
  headers: Record<string, string | string[] | undefined>;
}

/** The answer to one. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string | string[]): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  once(event: "finish" | "drain" | "close", listener: () => void): unknown;
}

/** A request that has passed, with what the gate found out about it. */
export interface GatedRequest {
  gate?: GateForward;
}

/** A handler for `http.createServer`: what the gate lets through goes to `forward`, whose answer goes back. */
export function toNodeHandler(
  gate: Gate,
  forward: (request: Request) => Response | Promise<Response>,
): (incoming: NodeRequest, outgoing: NodeResponse) => Promise<void>;

/**
 * A step before the handlers of an Express or Connect app. Which 404s tell too much is for the app to say there:
 * `request.gate.hides()`.
 */
export function gateMiddleware(
  gate: Gate,
): (incoming: NodeRequest & GatedRequest, outgoing: NodeResponse, next: (error?: unknown) => void) => Promise<void>;
