// The page of the back office: orders and products, each with the buttons that its reader may press.
import { orders, products } from "./shop.mjs";

export function page(name, user) {
  const canShip = user.role === "owner" || user.role === "packer";
  const canRefund = user.role === "owner" || user.role === "bookkeeper" || user.senior;
  const canReprice = user.role === "owner" || user.role === "buyer";
  const rows = [...orders.values()].map(
    ({ id, item, total, state }) =>
      `<li>${id}: ${item}, ${total}, ${state} ${canShip ? button("Ship", `/api/orders/${id}/ship`) : ""} ${
        canRefund ? button("Refund", `/api/orders/${id}/refund`) : ""
      }</li>`,
  );
  const shelf = [...products.values()].map(
    ({ id, price }) => `<li>${id}, ${price} ${canReprice ? button("Price", `/api/products/${id}/price`) : ""}</li>`,
  );
  return `<!doctype html><title>Shop</title><h1>Good day, ${name}</h1><ul>${rows.join("")}</ul><ul>${shelf.join("")}</ul>`;
}

const button = (label, action) => `<button data-post="${action}">${label}</button>`;
