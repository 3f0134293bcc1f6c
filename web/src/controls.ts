// SPDX-License-Identifier: Apache-2.0
// What can be wished of a search: another category, the balance of shape and colour, another colour.
import type { Category, Wish } from "./api";
import { h } from "./dom";
import { language, percent, words } from "./words";

const COLOURS = {
  black: "#1d1c1f", white: "#ffffff", grey: "#8e8f94", beige: "#dcc8a8", brown: "#70492f", red: "#c4222f",
  orange: "#e9781f", yellow: "#f0cc33", green: "#3d8a4c", turquoise: "#2bb0ad", blue: "#2f6fcf", navy: "#1d2b54",
  purple: "#7a4b9f", pink: "#ef92b5",
};
const STEPS = 10; // the slider's weights are S:C with S + C = 10; both ends are pure

/** What the server says about the search that is shown. */
export interface Shown {
  category?: string;
  likely: { id: string; score: number }[];
  weights: string;
}

export class Controls {
  readonly element: HTMLDetailsElement;
  private readonly category: HTMLSelectElement;
  private readonly slider: HTMLInputElement;
  private readonly ratio = h("output", { for: "balance" });
  private readonly usual: HTMLButtonElement;
  private readonly colours: HTMLElement;
  private wish: Wish = {};

  constructor(
    private readonly taxonomy: Category[],
    private readonly onWish: (wish: Wish) => void,
  ) {
    const text = words();
    this.category = h("select", { id: "category", change: () => this.set("category", this.category.value) });
    this.slider = h("input", {
      id: "balance", type: "range", min: 0, max: STEPS, step: 1, "aria-label": text.balance,
      input: () => this.showRatio(STEPS - Number(this.slider.value), Number(this.slider.value)),
      change: () => this.set("weights", this.ratio.value),
    });
    this.usual = h("button", { type: "button", class: "quiet", click: () => this.forgetWeights() }, text.usual);
    this.colours = this.colourChoice();
    this.element = h(
      "details",
      { class: "controls", open: matchMedia("(min-width: 760px)").matches },
      h("summary", {}, text.refine),
      h(
        "div",
        { class: "fields" },
        h("div", { class: "field" }, h("label", { for: "category" }, text.category), this.category),
        h(
          "div",
          { class: "field" },
          h("span", { class: "name" }, h("span", {}, text.balance, " ", this.ratio), this.usual),
          h("div", { class: "balance" }, text.shape, this.slider, text.colour),
        ),
        this.colours,
      ),
    );
  }

  show(shown: Shown, wish: Wish): void {
    this.wish = wish;
    this.fillCategories(shown);
    const [shape = 1, colour = 1] = shown.weights.split(":").map(Number);
    this.slider.value = String(Math.round((STEPS * colour) / (shape + colour)));
    this.showRatio(shape, colour);
    this.usual.hidden = !wish.weights;
    const custom = wish.colour?.startsWith("#") ? wish.colour : undefined;
    for (const input of this.colours.querySelectorAll("input")) {
      if (input.type === "radio") input.checked = input.value === (wish.colour ?? "");
      else {
        input.parentElement!.classList.toggle("chosen", !!custom);
        if (custom) input.value = custom;
      }
    }
  }

  private set(name: keyof Wish, value: string): void {
    const wish = { ...this.wish, [name]: value };
    if (!value) delete wish[name];
    this.onWish((this.wish = wish));
  }

  private forgetWeights(): void {
    this.slider.focus();
    this.set("weights", "");
  }

  private showRatio(shape: number, colour: number): void {
    this.ratio.value = `${shape}:${colour}`;
    this.slider.setAttribute("aria-valuetext", words().balanceText(shape, colour));
  }

  private fillCategories({ category, likely }: Shown): void {
    const option = (id: string, text: string) => h("option", { value: id, selected: id === category }, text);
    const first = h("optgroup", { label: words().likely });
    if (category && !likely.some((guess) => guess.id === category)) first.append(option(category, this.fullName(category)));
    for (const { id, score } of likely) first.append(option(id, this.fullName(id) + (score < 1 ? ` · ${percent(score)}` : "")));
    const groups = this.taxonomy
      .filter((node) => !node.parent)
      .map((root) => h("optgroup", { label: root.label[language()] }, ...this.branch(root, 0)));
    this.category.replaceChildren(first, ...groups);
  }

  /** Men and women both have sweaters: «Men › Sweaters». */
  private fullName(id: string): string {
    const label = (wanted: string) => this.taxonomy.find((node) => node.id === wanted)?.label[language()];
    const root = this.rootOf(id);
    return root === id ? (label(id) ?? id) : `${label(root)} › ${label(id)}`;
  }

  private rootOf(id: string): string {
    const parent = this.taxonomy.find((node) => node.id === id)?.parent;
    return parent ? this.rootOf(parent) : id;
  }

  private branch(node: Category, depth: number): HTMLOptionElement[] {
    // No-break spaces indent; others are dropped inside an option.
    const option = h("option", { value: node.id }, "\u00a0\u00a0".repeat(depth) + node.label[language()]);
    const children = this.taxonomy.filter((child) => child.parent === node.id);
    return [option, ...children.flatMap((child) => this.branch(child, depth + 1))];
  }

  private colourChoice(): HTMLElement {
    const text = words();
    const swatch = (value: string, name: string) => {
      const radio = h("input", { type: "radio", name: "colour", value, "aria-label": name, change: () => this.set("colour", value) });
      const dot = h("span", { class: value ? "swatch" : "swatch as-shown" });
      if (value) dot.style.setProperty("--swatch", COLOURS[value as keyof typeof COLOURS]);
      return h("label", { title: name }, radio, dot);
    };
    const any = h("input", { type: "color", value: "#b08d57", "aria-label": text.anyColour, change: () => this.set("colour", any.value) });
    return h(
      "div",
      { class: "field colours", role: "group", "aria-labelledby": "colours-name" },
      h("span", { class: "name", id: "colours-name" }, text.colourWanted),
      h(
        "div",
        { class: "swatches" },
        swatch("", text.asShown),
        ...(Object.keys(COLOURS) as (keyof typeof COLOURS)[]).map((name) => swatch(name, text.colours[name])),
        h("label", { title: text.anyColour }, any, h("span", { class: "swatch any" })),
      ),
    );
  }
}
