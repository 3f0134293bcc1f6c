// SPDX-License-Identifier: Apache-2.0
import { search, type Box, type SearchedItem, type SearchReply, type Wish } from "./api";
import type { Photo } from "./photo";
import type { Pick } from "./route";

/** One photo and every answer about it, so that going back and forth asks the server nothing twice. */
export class PhotoSearch {
  private found: Promise<SearchReply> | undefined;
  private readonly answers = new Map<string, Promise<SearchedItem>>();

  constructor(readonly photo: Photo) {}

  /** All items on the photo, each with its results. */
  items(): Promise<SearchReply> {
    this.found ??= search(this.photo.blob, this.photo.name, {}).then(
      (reply) => {
        this.photo.width = reply.photo.width;
        this.photo.height = reply.photo.height;
        return reply;
      },
      (error) => {
        this.found = undefined;
        throw error;
      },
    );
    return this.found;
  }

  async answer(pick: Pick, wish: Wish): Promise<SearchedItem> {
    const { items, photo } = await this.items();
    const item = typeof pick === "number" ? (items[pick] ?? items[0]) : undefined;
    if (item && !wish.category && !wish.weights && !wish.colour) return item;
    const box = item ? withinPhoto(item.box as Box, photo) : Array.isArray(pick) ? pick : undefined;
    // Without the item's category: naming one narrows a search to it, while the server looks at its relatives too.
    return this.ask(box ?? [0, 0, photo.width, photo.height], wish);
  }

  private ask(box: Box, wish: Wish): Promise<SearchedItem> {
    const key = JSON.stringify([box, wish.category, wish.weights, wish.colour]);
    let answer = this.answers.get(key);
    if (!answer) {
      answer = search(this.photo.blob, this.photo.name, wish, box).then((reply) => {
        if (!reply.items[0]) throw new Error("the server left the box out of its reply");
        return reply.items[0];
      });
      answer.catch(() => this.answers.delete(key));
      this.answers.set(key, answer);
    }
    return answer;
  }
}

/** Whole pixels, as the server takes them; a detector's box may end between two. */
function withinPhoto([x, y, width, height]: Box, photo: { width: number; height: number }): Box {
  const [left, top] = [Math.min(Math.floor(x), photo.width - 1), Math.min(Math.floor(y), photo.height - 1)];
  const [right, bottom] = [Math.min(Math.ceil(x + width), photo.width), Math.min(Math.ceil(y + height), photo.height)];
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}
