import type { Source } from "./slim.js";

/** The module as the platform or the bundler imports it, its address or itself: for `init` of `scopewise/slim`. */
declare const source: Source;
export default source;
