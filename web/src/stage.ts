// SPDX-License-Identifier: Apache-2.0
// The photo with what was found on it. One group of radio buttons (the chips below the photo) says what is searched; the
// boxes on the photo are those radio buttons' labels, so that a tap on a box, a tap on a chip and the arrow keys are one
// thing. Smaller boxes lie above larger ones: of nested items a tap takes the smallest, of those whose masks are known the
// smallest whose mask it hits.
import type { Box, SearchedItem } from "./api";
import { h, icon, icons } from "./dom";
import { isInside, maskPicture } from "./mask";
import { OwnBox } from "./own-box";
import type { Photo } from "./photo";
import type { Pick } from "./route";
import { language, percent, words } from "./words";

const VEIL_SIDE = 800; // pixels; it is a soft shadow, scaled by the browser

export class Stage {
  readonly element: HTMLElement;
  private readonly figure: HTMLElement;
  private readonly veil = h("canvas", { class: "veil", "aria-hidden": "true" });
  private readonly boxes = h("div", { class: "boxes" });
  private readonly chips: HTMLElement;
  private readonly ownBox: OwnBox;
  private readonly severalHint = h("p", { class: "hint", hidden: true }, words().severalHint);
  private items: SearchedItem[] = [];
  private masks: (HTMLCanvasElement | undefined)[] = [];
  private pick: Pick = 0;

  constructor(
    private readonly photo: Photo,
    private readonly onPick: (pick: Pick) => void,
  ) {
    const image = h("img", { src: photo.url, alt: words().yourPhoto, draggable: "false" });
    image.addEventListener("error", () => image.replaceWith(h("p", { class: "cannot-show" }, words().cannotShow)));
    this.figure = h("figure", { class: "stage" }, image, this.veil, this.boxes);
    this.boxes.addEventListener("click", (event) => this.tap(event));
    this.ownBox = new OwnBox(this.figure, (box) => this.choose(this.toPixels(box)));
    this.chips = h("div", { class: "chips", role: "radiogroup", "aria-label": words().items });
    // The chips stand below the photo, yet come first, so that the next stop after «own box» is that box.
    this.element = h("div", { class: "photo-side" }, this.chips, this.figure, this.severalHint, this.ownBox.help);
    this.resize();
  }

  setItems(items: SearchedItem[]): void {
    if (items === this.items) return;
    this.items = items;
    this.masks = items.map((item) => item.mask && maskPicture(item.mask, VEIL_SIDE));
    this.resize();
    this.boxes.replaceChildren(...items.map((item, index) => this.box(item, index)));
    const whole = this.foundNothing() ? [] : [this.chip("whole", words().whole, icons.whole)];
    this.chips.replaceChildren(
      ...items.map((item, index) => this.chip(String(index), item.label[language()], undefined, item.score)),
      ...whole,
      this.chip("own", words().own, icons.own),
    );
    this.show(this.pick);
  }

  show(pick: Pick): void {
    this.pick = pick;
    const value = Array.isArray(pick) ? "own" : String(pick);
    const chosen = this.chips.querySelector<HTMLInputElement>(`input[value="${value}"]`);
    if (chosen) {
      chosen.checked = true;
      const [chip, strip] = [chosen.parentElement!, this.chips];
      strip.scrollLeft = chip.offsetLeft - strip.offsetLeft - (strip.clientWidth - chip.offsetWidth) / 2;
    }
    for (const box of this.boxes.children) box.classList.toggle("chosen", (box as HTMLLabelElement).htmlFor === `item-${value}`);
    this.severalHint.hidden = Array.isArray(pick) || !this.foundNothing();
    this.ownBox.show(Array.isArray(pick) ? this.toShares(pick) : undefined);
    this.drawVeil();
  }

  setBusy(busy: boolean): void {
    this.figure.classList.toggle("busy", busy);
  }

  /** In a box, yet on another item's mask: a shirt's box covers much of the open jacket over it. */
  private tap(event: MouseEvent): void {
    if (event.defaultPrevented) return;
    const { left, top, width, height } = this.boxes.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    const area = (index: number) => this.items[index]!.box[2]! * this.items[index]!.box[3]!;
    const hit = [...this.items.keys()].filter((index) => isInside(this.masks[index], x, y)).sort((a, b) => area(a) - area(b))[0];
    if (hit === undefined) return;
    event.preventDefault();
    this.choose(hit);
  }

  private choose(pick: Pick): void {
    this.show(pick);
    this.onPick(pick);
  }

  private chip(value: string, text: string, symbol?: string, score?: number): HTMLElement {
    const radio = h("input", {
      type: "radio",
      name: "item",
      id: `item-${value}`,
      value,
      change: () => this.choose(value === "whole" ? "whole" : value === "own" ? this.middleBox() : Number(value)),
      focus: () => this.boxes.querySelector(`[for="item-${value}"]`)?.classList.toggle("focus", radio.matches(":focus-visible")),
      blur: () => this.boxes.querySelector(`[for="item-${value}"]`)?.classList.remove("focus"),
    });
    const title = score !== undefined && score < 1 ? percent(score) : undefined;
    return h("label", { class: "chip", title }, radio, h("span", {}, symbol ? icon(symbol) : null, text));
  }

  private box(item: SearchedItem, index: number): HTMLElement {
    const [x, y, width, height] = this.toShares(item.box as Box);
    const box = h("label", { class: "box", for: `item-${index}` }, h("span", { "aria-hidden": "true" }, item.label[language()]));
    Object.assign(box.style, { left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
    box.style.zIndex = String(1 + Math.round(1000 * (1 - width * height)));
    return box;
  }

  /** Darkens what is not searched, and tints the other items' masks. */
  private drawVeil(): void {
    const { width, height } = this.photo;
    const context = this.veil.getContext("2d");
    if (!width || !height || !context) return;
    const scale = Math.min(1, VEIL_SIDE / Math.max(width, height));
    const [w, h] = [(this.veil.width = Math.round(width * scale)), (this.veil.height = Math.round(height * scale))];
    const box = this.pick === "whole" ? undefined : Array.isArray(this.pick) ? this.pick : (this.items[this.pick]?.box as Box);
    if (!box || this.covers(box)) return;
    context.fillStyle = "rgb(24 22 26 / 0.36)";
    context.fillRect(0, 0, w, h);
    const chosen = typeof this.pick === "number" ? this.masks[this.pick] : undefined;
    this.masks.forEach((mask) => {
      if (!mask || mask === chosen) return;
      context.globalAlpha = 0.14;
      context.drawImage(mask, 0, 0, w, h);
      context.globalAlpha = 1;
    });
    if (chosen) {
      context.shadowColor = "rgb(255 255 255 / 0.9)";
      context.shadowBlur = 7;
      context.drawImage(chosen, 0, 0, w, h);
      context.shadowBlur = 0;
      context.shadowColor = "transparent";
    }
    context.globalCompositeOperation = "destination-out";
    if (chosen) context.drawImage(chosen, 0, 0, w, h);
    else {
      context.fillStyle = "black";
      context.beginPath();
      context.roundRect(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale, 6);
      context.fill();
    }
    context.globalCompositeOperation = "source-over";
  }

  private resize(): void {
    if (this.photo.width) this.figure.style.setProperty("--ratio", String(this.photo.width / this.photo.height));
  }

  /** Then the one item is the whole photo. */
  private foundNothing(): boolean {
    return this.items.length === 1 && this.covers(this.items[0]!.box as Box);
  }

  private covers([, , width, height]: Box): boolean {
    return width >= this.photo.width && height >= this.photo.height;
  }

  private middleBox(): Box {
    return this.toPixels([0.25, 0.25, 0.5, 0.5]);
  }

  private toPixels([x, y, width, height]: Box): Box {
    const [w, h] = [this.photo.width, this.photo.height];
    return [Math.floor(x * w), Math.floor(y * h), Math.max(1, Math.floor(width * w)), Math.max(1, Math.floor(height * h))];
  }

  private toShares([x, y, width, height]: Box): Box {
    const [w, h] = [this.photo.width || 1, this.photo.height || 1];
    return [x / w, y / h, width / w, height / h];
  }
}
