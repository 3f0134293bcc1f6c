// SPDX-License-Identifier: Apache-2.0
// COCO's compressed run lengths: runs of background and item in turn, down the columns; each run but the first three is
// stored as its difference from the run two before, in groups of 5 bits, low first, as printable characters.
import type { Mask } from "./api";

export function decodeRuns(counts: string): number[] {
  const runs: number[] = [];
  let at = 0;
  while (at < counts.length) {
    let value = 0;
    let shift = 0;
    let group: number;
    do {
      group = counts.charCodeAt(at++) - 48;
      value |= (group & 0x1f) << shift;
      shift += 5;
    } while (group & 0x20 && at < counts.length);
    if (group & 0x10 && shift < 32) value |= -1 << shift; // a negative difference
    if (runs.length > 2) value += runs[runs.length - 2]!;
    runs.push(value);
  }
  return runs;
}

/** The mask as a white picture that is opaque where the item is, small enough to keep one for each item. */
export function maskPicture(mask: Mask, longestSide: number): HTMLCanvasElement {
  const [height = 1, width = 1] = mask.size;
  const inside = new Uint8Array(width * height);
  let at = 0;
  decodeRuns(mask.counts).forEach((run, index) => {
    if (index % 2) inside.fill(1, at, at + run);
    at += run;
  });
  const scale = Math.min(1, longestSide / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true })!; // a tap reads it
  const picture = context.createImageData(canvas.width, canvas.height);
  picture.data.fill(255);
  for (let y = 0; y < canvas.height; y++) {
    const fromY = Math.floor(((y + 0.5) * height) / canvas.height);
    for (let x = 0; x < canvas.width; x++) {
      const fromX = Math.floor(((x + 0.5) * width) / canvas.width);
      picture.data[4 * (y * canvas.width + x) + 3] = inside[fromX * height + fromY] ? 255 : 0;
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** Whether the mask has the point, given in shares of width and height. */
export function isInside(mask: HTMLCanvasElement | undefined, x: number, y: number): boolean {
  if (!mask || x < 0 || y < 0 || x >= 1 || y >= 1) return false;
  return mask.getContext("2d")!.getImageData(Math.floor(x * mask.width), Math.floor(y * mask.height), 1, 1).data[3]! > 0;
}
