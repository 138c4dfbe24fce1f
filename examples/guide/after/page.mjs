// The page of the back office: orders and products, with buttons that say why they cannot be pressed.
import { createStore } from "scopewise/store";
import { about, principalOf, product } from "./permissions.mjs";
import { orders, products } from "./shop.mjs";

const messages = { not_granted: "This needs {scope}: ask Ida for it." };

export function page(name) {
  const may = createStore(principalOf(name), { messages }).getSnapshot();
  const rows = [...orders.values()].map((order) => {
    const { id, item, total, state } = order;
    const ship = button("Ship", `/api/orders/${id}/ship`, may.control("order:ship", ...about(order)));
    const refund = button("Refund", `/api/orders/${id}/refund`, may.control("refund:approve", ...about(order)));
    return `<li>${id}: ${item}, ${total}, ${state} ${ship} ${refund}</li>`;
  });
  const shelf = [...products.values()].map((it) => {
    const price = button("Price", `/api/products/${it.id}/price`, may.control("price:update", product(it)));
    return `<li>${it.id}, ${it.price} ${price}</li>`;
  });
  return `<!doctype html><title>Shop</title><h1>Good day, ${name}</h1><ul>${rows.join("")}</ul><ul>${shelf.join("")}</ul>`;
}

const button = (label, action, { disabled, reason }) =>
  `<button data-post="${action}"${disabled ? ` disabled title="${reason}"` : ""}>${label}</button>`;
