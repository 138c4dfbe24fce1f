// Middleware on the edge runtime that answers one address itself.
import { answers } from "../answers.mjs";

export const config = { matcher: "/middleware" };
export const middleware = () => Response.json(answers());
