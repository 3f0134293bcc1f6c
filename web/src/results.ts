// SPDX-License-Identifier: Apache-2.0
import { Problem, ready, type Product, type Result } from "./api";
import { h, icon, icons, unseen } from "./dom";
import { formatRoute } from "./route";
import { money, percent, words } from "./words";

const SKELETONS = 8;
const USELESS_AGAIN = new Set(["photo-unreadable", "too-large", "not-found", "unknown-category"]);

export function skeletons(): HTMLElement {
  const card = () => h("li", { class: "card skeleton" }, h("div", { class: "picture" }), h("p"), h("p"));
  return h("ul", { class: "cards", "aria-hidden": "true" }, ...Array.from({ length: SKELETONS }, card));
}

export function cards(results: Result[]): HTMLElement {
  return h("ol", { class: "cards" }, ...results.map(card));
}

function card({ similarity, shape, colour, match, product }: Result): HTMLElement {
  const text = words();
  const name = h("a", { ...shopLink(product), class: "name" }, product.name || product.offer);
  name.append(unseen(` (${text.opensShop})`));
  const brand = !product.name.toLowerCase().includes(product.brand?.toLowerCase() ?? "") && product.brand;
  return h(
    "li",
    { class: product.available ? "card" : "card unavailable" },
    // The name is the link; the picture is the same link for the mouse, and no second stop for the keyboard.
    h("a", { ...shopLink(product), class: "picture", tabindex: -1, "aria-hidden": "true" }, picture(product), icon(icons.out)),
    h(
      "p",
      { class: "line" },
      price(product),
      h(
        "span",
        { class: "similarity", title: text.similarityParts(percent(shape), percent(colour)) },
        unseen(`${text.similarity} `),
        match && `${text.match[match]}, `,
        percent(similarity),
      ),
    ),
    h("p", { class: "title" }, brand && h("b", {}, brand), name),
    h(
      "p",
      { class: "line" },
      h("span", { class: "shop" }, product.available ? product.shop : text.unavailable),
      h(
        "a",
        { class: "more", href: formatRoute({ view: "product", id: product.id, wish: {} }) },
        text.moreLike,
        unseen(`: ${product.name}`),
      ),
    ),
    otherShops(product),
  );
}

/** Where else the same product is to be had, and for how much. */
function otherShops({ id, offers = [] }: Product): HTMLElement | false {
  const others = offers.filter((offer) => offer.product !== id);
  const link = (offer: (typeof offers)[number]) =>
    h("li", {}, h("a", shopLink(offer), offer.shop, " ", offer.price !== undefined && money(offer.price, offer.currency)));
  return others.length > 0 && h("ul", { class: "other-shops", "aria-label": words().otherShops }, ...others.map(link));
}

/** A feed is a stranger's text: only web addresses become links. */
export function shopLink({ url }: { url: string }) {
  return /^https?:\/\//i.test(url) ? { href: url, target: "_blank", rel: "noopener noreferrer" } : {};
}

export function price({ price, old_price, currency }: Product): HTMLElement {
  if (price === undefined) return h("span", { class: "price" });
  const old = old_price !== undefined && old_price > price;
  return h(
    "span",
    { class: "price" },
    h("span", {}, money(price, currency)),
    old && h("s", {}, unseen(`${words().oldPrice} `), money(old_price, currency)),
  );
}

export function picture(product: Product, width = 320): HTMLElement {
  const missing = () => h("span", { class: "no-picture" }, words().noPicture);
  if (!product.picture) return missing();
  const image = h("img", {
    src: `${product.picture}?width=${width}`,
    srcset: `${product.picture}?width=${width} 1x, ${product.picture}?width=${2 * width} 2x`,
    alt: "",
    loading: "lazy",
    decoding: "async",
  });
  image.addEventListener("error", () => image.replaceWith(missing()));
  return image;
}

/** Nothing found; says whether that is this category's fault or the catalogue has nothing at all. */
export function nothing(): HTMLElement {
  const title = h("h2", {}, words().nothing);
  const hint = h("p", {}, words().nothingHint);
  ready().then(
    ({ pictures }) => {
      if (pictures > 0) return;
      title.textContent = words().empty;
      hint.textContent = words().emptyHint;
    },
    () => undefined, // the first hint stands
  );
  return h("div", { class: "message", role: "status" }, title, hint);
}

export function failure(error: unknown, again: () => void, anotherPhoto: () => void): HTMLElement {
  const text = words();
  const problem = error instanceof Problem ? error : new Problem("page", String(error));
  const offline = problem.kind === "offline";
  return h(
    "div",
    { class: "message", role: "alert" },
    h("h2", {}, offline ? text.offline : (text.problems[problem.kind] ?? text.failed)),
    h("p", {}, offline ? text.offlineHint : problem.message),
    h(
      "p",
      { class: "actions" },
      !USELESS_AGAIN.has(problem.kind) && h("button", { type: "button", class: "button", click: again }, text.again),
      h("button", { type: "button", class: "button", click: anotherPhoto }, text.anotherPhoto),
    ),
  );
}
