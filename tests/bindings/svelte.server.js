import { render as rendered } from "svelte/server";
import Page from "./Page.svelte";
import { storeOf } from "../../pkg/given.js";

export const render = async (given) => (await rendered(Page, { props: { store: storeOf(given) } })).body;
