// SPDX-License-Identifier: Apache-2.0
import type { components } from "./api.d";

type Schemas = components["schemas"];
export type SearchReply = Schemas["SearchReply"];
export type SearchedItem = SearchReply["items"][number];
export type SimilarReply = Schemas["SimilarReply"];
export type Result = Schemas["Result"];
export type Product = Schemas["Product"];
export type Mask = Schemas["Mask"];
export type Category = Schemas["Category"];
export type Box = [x: number, y: number, width: number, height: number];

/** What a search may name beside its photo or product; what is left out is the server's choice. */
export interface Wish {
  category?: string;
  weights?: string;
  colour?: string;
}

const TOP = 24; // fills rows of 2, 3, 4 and 6 cards

/** The server's refusal, or its silence (`kind` "offline"). */
export class Problem extends Error {
  constructor(
    readonly kind: string,
    detail: string,
  ) {
    super(detail);
  }
}

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const response = await fetch(path, options).catch(() => {
    throw new Problem("offline", "");
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  const problem = body as Partial<Schemas["Problem"]> | undefined;
  throw new Problem(problem?.type?.split(":").pop() ?? "unknown", problem?.detail ?? `HTTP ${response.status}`);
}

export function search(photo: Blob, name: string, wish: Wish, box?: Box) {
  const form = new FormData();
  form.append("photo", photo, name);
  form.append("top", String(TOP));
  if (box) form.append("box", box.join(","));
  for (const [option, value] of Object.entries(wish)) if (value) form.append(option, value);
  return ask<SearchReply>("/v1/search", { method: "POST", body: form });
}

export function similar(id: number, wish: Wish) {
  const query = new URLSearchParams({ top: String(TOP) });
  for (const [option, value] of Object.entries(wish)) if (value) query.set(option, value);
  return ask<SimilarReply>(`/v1/products/${id}/similar?${query}`);
}

export const taxonomy = () => ask<Schemas["TaxonomyReply"]>("/v1/taxonomy");
export const ready = () => ask<Schemas["Ready"]>("/readyz");
