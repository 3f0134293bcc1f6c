// SPDX-License-Identifier: Apache-2.0
// The right-hand side of a photo and of a product: what was searched, the wishes, the results.
import type { Category, Result, Wish } from "./api";
import { Controls, type Shown } from "./controls";
import { h } from "./dom";
import { cards, failure, nothing, skeletons } from "./results";
import { words } from "./words";

export interface Answer extends Shown {
  title: string;
  results: Result[];
}

export class Panel {
  readonly element: HTMLElement;
  private readonly title = h("h1", { tabindex: -1 });
  private readonly status = h("p", { class: "status", role: "status" });
  private readonly body = h("div", { class: "results" });
  private readonly controls: Controls;
  private latest = 0;

  constructor(
    taxonomy: Category[],
    onWish: (wish: Wish) => void,
    private readonly anotherPhoto: () => void,
  ) {
    this.controls = new Controls(taxonomy, onWish);
    this.controls.element.inert = true; // its place is kept
    this.element = h("section", { class: "panel" }, h("header", {}, this.title, this.status), this.controls.element, this.body);
  }

  /** Shows the answer once it is there, unless a later one was asked for meanwhile. */
  async load(ask: () => Promise<Answer>, wish: Wish): Promise<void> {
    const turn = ++this.latest;
    if (this.controls.element.inert) this.title.textContent = words().searching;
    else this.status.textContent = words().searching;
    this.body.setAttribute("aria-busy", "true");
    if (!this.body.querySelector("ol")) this.body.replaceChildren(skeletons());
    try {
      const answer = await ask();
      if (turn === this.latest) this.show(answer, wish);
    } catch (error) {
      if (turn === this.latest) this.fail(error, () => void this.load(ask, wish));
    }
    if (turn === this.latest) this.body.removeAttribute("aria-busy");
  }

  focus(): void {
    this.title.focus({ preventScroll: true });
  }

  private show(answer: Answer, wish: Wish): void {
    this.title.textContent = answer.title;
    document.title = `${answer.title} · nacre`;
    this.status.textContent = answer.results.length ? words().found(answer.results.length) : "";
    this.controls.element.inert = this.controls.element.hidden = false;
    this.controls.show(answer, wish);
    this.body.replaceChildren(answer.results.length ? cards(answer.results) : nothing());
  }

  private fail(error: unknown, again: () => void): void {
    this.status.textContent = "";
    this.controls.element.hidden = this.controls.element.inert;
    if (this.controls.element.inert) this.title.textContent = "";
    this.body.replaceChildren(failure(error, again, this.anotherPhoto));
  }
}
