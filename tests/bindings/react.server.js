import { renderToString } from "react-dom/server";
import { app } from "./react.js";

export const render = async (given) => renderToString(app(given));
