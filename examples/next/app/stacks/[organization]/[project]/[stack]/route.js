import { allowed } from "../../../../../mark.js";

export const GET = allowed(({ principal }) => new Response(`${principal} reads it\n`));
export const DELETE = allowed(({ principal }) => new Response(`${principal} deletes it\n`));
