// SPDX-License-Identifier: Apache-2.0
import "./style.css";
import { taxonomy as fetchTaxonomy, type Category } from "./api";
import { h, icon, icons } from "./dom";
import { PhotoSearch } from "./photo-search";
import { preparePhoto } from "./photo";
import { formatRoute, parseRoute } from "./route";
import { PhotoView, ProductView, startView, type Actions } from "./views";
import { language, switchLanguage, words } from "./words";

let categories: Promise<Category[]> | undefined;

/** Without the taxonomy's names the page still works, with ids; they are asked for again with the next view. */
function taxonomy(): Promise<Category[]> {
  categories ??= fetchTaxonomy().then((reply) => reply.categories);
  return categories.catch(() => {
    categories = undefined;
    return [];
  });
}

let photoSearch: PhotoSearch | undefined;
let photoAddress = ""; // the last route on the photo, for the way back from a product
let shown: PhotoView | ProductView | undefined;

const actions: Actions = {
  go(route, replace) {
    if (replace) history.replaceState(null, "", formatRoute(route));
    else history.pushState(null, "", formatRoute(route));
    void render();
  },
  takePhoto: () => camera.click(),
  choosePhoto: () => picker.click(),
};

const picker = fileInput();
const camera = fileInput("environment");

function fileInput(capture?: string): HTMLInputElement {
  const take = () => {
    if (input.files?.[0]) void openPhoto(input.files[0]);
    input.value = ""; // the same photo can be chosen again
  };
  const input = h("input", { type: "file", accept: "image/*", capture, hidden: true, change: take });
  return input;
}

async function openPhoto(file: File): Promise<void> {
  const photo = await preparePhoto(file);
  if (photoSearch) URL.revokeObjectURL(photoSearch.photo.url);
  photoSearch = new PhotoSearch(photo);
  shown = undefined;
  actions.go({ view: "photo", pick: 0, wish: {} });
  window.scrollTo({ top: 0 });
}

const main = h("main");

async function render(): Promise<void> {
  const nodes = parseRoute(location.hash).view === "start" ? [] : await taxonomy();
  const route = parseRoute(location.hash); // it may have changed meanwhile
  if (route.view === "photo" && photoSearch) {
    photoAddress = formatRoute(route);
    if (!(shown instanceof PhotoView)) enter(new PhotoView(photoSearch, nodes, actions));
    (shown as PhotoView).show(route);
  } else if (route.view === "product") {
    if (!(shown instanceof ProductView)) enter(new ProductView(nodes, actions, photoSearch && photoAddress));
    (shown as ProductView).show(route);
  } else {
    shown = undefined;
    document.title = words().title;
    main.replaceChildren(startView(actions));
  }
  document.body.classList.toggle("started", !!shown);
}

function enter(view: PhotoView | ProductView): void {
  shown = view;
  main.replaceChildren(view.element);
  view.focus();
}

function header(): HTMLElement {
  const text = words();
  const dark = h("button", {
    type: "button", class: "round", "aria-label": text.dark, title: text.dark, click: () => switchTheme(dark),
  });
  showTheme(dark);
  systemDark.onchange = () => showTheme(dark);
  return h(
    "header",
    { class: "top" },
    h("a", { class: "brand", href: "#", "aria-label": text.home }, h("img", { src: "/button.svg", alt: "", width: 26, height: 26 }), "nacre"),
    h("button", { type: "button", class: "new-photo", click: actions.choosePhoto }, icon(icons.camera), h("span", {}, text.newPhoto)),
    h("button", { type: "button", class: "quiet", lang: language() === "en" ? "ru" : "en", click: changeLanguage }, text.language),
    dark,
  );
}

function changeLanguage(): void {
  switchLanguage();
  mount();
  document.querySelector<HTMLElement>("header .quiet")?.focus();
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");

function isDark(): boolean {
  const chosen = localStorage.getItem("theme");
  return chosen ? chosen === "dark" : systemDark.matches;
}

function switchTheme(button: HTMLElement): void {
  localStorage.setItem("theme", isDark() ? "light" : "dark");
  showTheme(button);
}

function showTheme(button: HTMLElement): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  button.setAttribute("aria-pressed", String(isDark()));
  button.replaceChildren(icon(isDark() ? icons.sun : icons.moon));
}

function mount(): void {
  document.documentElement.lang = language();
  shown = undefined;
  const dropNow = h("div", { class: "drop-now", "aria-hidden": "true" }, words().dropNow);
  document.body.replaceChildren(header(), main, picker, camera, dropNow);
  void render();
}

/** A photo can be dropped or pasted anywhere, at any time. */
function takeDropsAndPastes(): void {
  const photo = (data: DataTransfer | null) => [...(data?.files ?? [])].find((file) => file.type.startsWith("image/") || !file.type);
  const hovering = (on: boolean) => document.body.classList.toggle("dropping", on);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    hovering(!!event.dataTransfer?.types.includes("Files"));
  });
  addEventListener("dragleave", (event) => !event.relatedTarget && hovering(false));
  addEventListener("drop", (event) => {
    event.preventDefault();
    hovering(false);
    const file = photo(event.dataTransfer);
    if (file) void openPhoto(file);
  });
  addEventListener("paste", (event) => {
    const file = photo(event.clipboardData);
    if (file) void openPhoto(file);
  });
}

addEventListener("popstate", () => void render());
takeDropsAndPastes();
void taxonomy();
mount();

