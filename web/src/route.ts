// SPDX-License-Identifier: Apache-2.0
// What is shown stands in the address after the #, so that back, forward, reload and a sent link work.
import type { Box, Wish } from "./api";

/** Which part of the photo is searched: the n-th item found, all of it, or a box of the user's own. */
export type Pick = number | "whole" | Box;

export type Route =
  | { view: "start" }
  | { view: "photo"; pick: Pick; wish: Wish }
  | { view: "product"; id: number; wish: Wish };

const WISHES = ["category", "weights", "colour"] as const;

export function formatRoute(route: Route): string {
  if (route.view === "start") return "#";
  const query = new URLSearchParams();
  if (route.view === "photo") query.set("item", String(route.pick));
  for (const wish of WISHES) if (route.wish[wish]) query.set(wish, route.wish[wish]);
  const path = route.view === "photo" ? "photo" : `product/${route.id}`;
  return `#${path}${query.size ? `?${query}` : ""}`;
}

export function parseRoute(hash: string): Route {
  const [path = "", search] = hash.replace(/^#/, "").split("?", 2);
  const query = new URLSearchParams(search);
  const wish: Wish = {};
  for (const name of WISHES) {
    const value = query.get(name);
    if (value) wish[name] = value;
  }
  const product = /^product\/(\d+)$/.exec(path);
  if (product) return { view: "product", id: Number(product[1]), wish };
  if (path === "photo") return { view: "photo", pick: parsePick(query.get("item") ?? "0"), wish };
  return { view: "start" };
}

function parsePick(text: string): Pick {
  if (text === "whole") return "whole";
  const numbers = text.split(",").map(Number);
  if (numbers.some((number) => !Number.isInteger(number) || number < 0)) return 0;
  return numbers.length === 4 ? (numbers as Box) : numbers[0]!;
}
