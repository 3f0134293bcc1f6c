// SPDX-License-Identifier: Apache-2.0
// The three things the page can show: the start, a photo, a product.
import { similar, type Category, type SearchedItem, type SimilarReply } from "./api";
import { h, icon, icons, unseen } from "./dom";
import { Panel, type Answer } from "./panel";
import type { PhotoSearch } from "./photo-search";
import { picture, price, shopLink } from "./results";
import type { Route } from "./route";
import { Stage } from "./stage";
import { language, words } from "./words";

type PhotoRoute = Extract<Route, { view: "photo" }>;
type ProductRoute = Extract<Route, { view: "product" }>;

export interface Actions {
  /** `replace` where the back button should not stop at the route that is left. */
  go(route: Route, replace?: boolean): void;
  takePhoto(): void;
  choosePhoto(): void;
}

export function startView({ takePhoto, choosePhoto }: Actions): HTMLElement {
  const text = words();
  return h(
    "section",
    { class: "start" },
    h("img", { class: "pearl", src: "/button.svg", alt: "", width: 88, height: 88 }),
    h("h1", { tabindex: -1 }, text.question),
    h("p", { class: "lead" }, text.lead),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "button take", click: takePhoto }, icon(icons.camera), text.take),
      h("button", { type: "button", class: "button choose", click: choosePhoto }, icon(icons.picture), text.choose),
    ),
    h("p", { class: "drop-hint" }, text.drop),
    h("p", { class: "privacy" }, text.privacy),
  );
}

export class PhotoView {
  readonly element: HTMLElement;
  private readonly stage: Stage;
  private readonly panel: Panel;
  private route: PhotoRoute = { view: "photo", pick: 0, wish: {} };

  constructor(
    readonly search: PhotoSearch,
    taxonomy: Category[],
    actions: Actions,
  ) {
    this.stage = new Stage(search.photo, (pick) => actions.go({ view: "photo", pick, wish: {} }, Array.isArray(pick)));
    this.panel = new Panel(taxonomy, (wish) => actions.go({ ...this.route, wish }, true), actions.choosePhoto);
    this.element = h("div", { class: "view" }, this.stage.element, this.panel.element);
  }

  show(route: PhotoRoute): void {
    this.route = route;
    this.stage.show(route.pick);
    void this.panel.load(() => this.ask(route), route.wish);
  }

  focus(): void {
    this.panel.focus();
  }

  private async ask(route: PhotoRoute): Promise<Answer> {
    this.stage.setBusy(true);
    const { items } = await this.search.items().finally(() => this.stage.setBusy(false));
    this.stage.setItems(items);
    return itemAnswer(await this.search.answer(route.pick, route.wish));
  }
}

function itemAnswer(item: SearchedItem): Answer {
  const { category, weights, results } = item;
  return { title: item.label[language()], category, likely: item.categories, weights, results };
}

export class ProductView {
  readonly element: HTMLElement;
  private readonly side = h("aside", { class: "seed" });
  private readonly panel: Panel;
  private route: ProductRoute = { view: "product", id: 0, wish: {} };

  constructor(
    taxonomy: Category[],
    actions: Actions,
    private readonly back: string | undefined,
  ) {
    this.panel = new Panel(taxonomy, (wish) => actions.go({ ...this.route, wish }, true), actions.choosePhoto);
    this.element = h("div", { class: "view" }, this.side, this.panel.element);
  }

  show(route: ProductRoute): void {
    if (route.id !== this.route.id) {
      this.showSide();
      this.panel.focus();
      window.scrollTo({ top: 0 });
    }
    this.route = route;
    void this.panel.load(async () => {
      const reply = await similar(route.id, route.wish);
      this.showSide(reply);
      return productAnswer(reply);
    }, route.wish);
  }

  focus(): void {
    this.panel.focus();
  }

  private showSide(reply?: SimilarReply): void {
    const text = words();
    const back = this.back && h("a", { class: "back", href: this.back }, icon(icons.back), text.backToPhoto);
    const product = reply?.product;
    const link = product && shopLink(product);
    this.side.replaceChildren(
      back || "",
      h("div", { class: "picture" }, product && picture(product, 480)),
      h(
        "div",
        {},
        product && price(product),
        link?.href && h("a", { ...link, class: "button" }, text.openAt(product!.shop), icon(icons.out), unseen(` (${text.opensShop})`)),
      ),
    );
  }
}

function productAnswer({ product, category, weights, results }: SimilarReply): Answer {
  const title = `${words().more} ${product.name || product.offer}`;
  return { title, likely: category ? [{ id: category, score: 1 }] : [], weights, results, ...(category && { category }) };
}
