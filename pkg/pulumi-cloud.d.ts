import type { RouteTable } from "./routes.js";

/**
 * The operations of the Pulumi Cloud API and what each needs, read independently out of public documentation; each says
 * how sure that is. Not affiliated with Pulumi.
 */
export const pulumiCloud: RouteTable;
