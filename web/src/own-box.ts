// SPDX-License-Identifier: Apache-2.0
// A box of the user's own on the photo: dragged open with the mouse anywhere; moved by its middle and sized by its corners
// with mouse, finger or keyboard. A finger that drags the photo scrolls the page as long as no own box is shown.
// All boxes here are shares (0..1) of the photo's width and height.
import type { Box } from "./api";
import { h } from "./dom";
import { words } from "./words";

const DRAG_STARTS = 6; // pixels; less is a click
const SMALLEST = 0.03;
const KEY_STEP = 0.02;
const KEY_PAUSE_MS = 400; // keys in a row are one change

type Corner = "nw" | "ne" | "sw" | "se";

export class OwnBox {
  /** How to use it; stands beside the photo. */
  readonly help = h("p", { id: "own-help", class: "hint", hidden: true }, words().ownHelp);
  private readonly element: HTMLElement;
  private box: Box | undefined;
  private keyTimer = 0;

  constructor(
    private readonly stage: HTMLElement,
    private readonly onChange: (box: Box) => void,
  ) {
    const corners: Corner[] = ["nw", "ne", "sw", "se"];
    this.element = h(
      "div",
      { class: "own-box", tabindex: 0, role: "group", "aria-label": words().ownBox, "aria-describedby": "own-help", hidden: true },
      ...corners.map((corner) => h("i", { class: corner, "data-corner": corner })),
    );
    this.element.addEventListener("keydown", (event) => this.key(event));
    stage.append(this.element);
    stage.addEventListener("pointerdown", (event) => this.press(event));
  }

  show(box: Box | undefined): void {
    this.box = box;
    this.element.hidden = this.help.hidden = !box;
    this.stage.classList.toggle("drawing", !!box);
    if (!box) return;
    const [x, y, width, height] = box.map((share) => `${share * 100}%`);
    Object.assign(this.element.style, { left: x, top: y, width, height });
  }

  private press(down: PointerEvent): void {
    if (!down.isPrimary || down.button !== 0 || (down.pointerType !== "mouse" && !this.box)) return;
    const corner = (down.target as HTMLElement).dataset?.corner as Corner | undefined;
    const inside = this.element.contains(down.target as Node);
    const before = this.box;
    const from = this.at(down);
    let moved = false;

    const move = (event: PointerEvent) => {
      const far = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY);
      if (!moved && far < DRAG_STARTS) return;
      if (!moved) this.stage.setPointerCapture(down.pointerId);
      moved = true;
      const to = this.at(event);
      if (before && corner) this.show(between(opposite(before, corner), to));
      else if (before && inside) this.show(shifted(before, to[0] - from[0], to[1] - from[1]));
      else this.show(between(from, to));
    };
    const end = (event: PointerEvent) => {
      this.stage.removeEventListener("pointermove", move);
      this.stage.removeEventListener("pointerup", end);
      this.stage.removeEventListener("pointercancel", end);
      if (!moved) return;
      if (event.type === "pointercancel") return this.show(before);
      // The drag ends with a click on whatever lies below; it is not a choice of that.
      const swallow = (click: Event) => click.preventDefault();
      this.stage.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => this.stage.removeEventListener("click", swallow, { capture: true }));
      if (this.box) this.onChange(this.box);
    };
    this.stage.addEventListener("pointermove", move);
    this.stage.addEventListener("pointerup", end);
    this.stage.addEventListener("pointercancel", end);
  }

  private key(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-KEY_STEP, 0],
      ArrowRight: [KEY_STEP, 0],
      ArrowUp: [0, -KEY_STEP],
      ArrowDown: [0, KEY_STEP],
    };
    const step = steps[event.key];
    if (!step || !this.box) return;
    event.preventDefault();
    const [x, y, width, height] = this.box;
    this.show(event.shiftKey ? between([x, y], [x + width + step[0], y + height + step[1]]) : shifted(this.box, ...step));
    clearTimeout(this.keyTimer);
    this.keyTimer = setTimeout(() => this.box && this.onChange(this.box), KEY_PAUSE_MS);
  }

  private at(event: PointerEvent): [number, number] {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    return [within((event.clientX - left) / width), within((event.clientY - top) / height)];
  }
}

const within = (share: number, most = 1) => Math.min(most, Math.max(0, share));

function between([ax, ay]: [number, number], [bx, by]: [number, number]): Box {
  const [width, height] = [Math.max(SMALLEST, Math.abs(bx - ax)), Math.max(SMALLEST, Math.abs(by - ay))];
  const [x, y] = [within(Math.min(ax, bx), 1 - SMALLEST), within(Math.min(ay, by), 1 - SMALLEST)];
  return [x, y, Math.min(width, 1 - x), Math.min(height, 1 - y)];
}

function shifted([x, y, width, height]: Box, dx: number, dy: number): Box {
  return [within(x + dx, 1 - width), within(y + dy, 1 - height), width, height];
}

function opposite([x, y, width, height]: Box, corner: Corner): [number, number] {
  return [corner.endsWith("w") ? x + width : x, corner.startsWith("n") ? y + height : y];
}
