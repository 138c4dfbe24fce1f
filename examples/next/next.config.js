// Unless you give a secret, there is one for as long as the app runs. Give one where it runs more than once.
import { randomBytes } from "node:crypto";

process.env.GATE_SECRET ??= randomBytes(32).toString("hex");

export default {
  // The proxy is to see the address that arrived.
  skipProxyUrlNormalize: true,
};
