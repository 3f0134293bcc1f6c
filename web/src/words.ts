// SPDX-License-Identifier: Apache-2.0

const en = {
  title: "nacre: visual search for fashion",
  question: "The same, but with pearl buttons?",
  lead: "Show a photo. nacre finds every garment, shoe and bag on it, and the most similar pieces in the shops.",
  take: "Take a photo",
  choose: "Choose a photo",
  drop: "or drop one here, or paste it",
  dropNow: "Let go to search with this photo",
  privacy: "The photo is shrunk and stripped of its place and date before it leaves this device.",
  home: "nacre, start again",
  newPhoto: "New photo",
  dark: "Dark theme",
  language: "По-русски",
  yourPhoto: "Your photo",
  cannotShow: "This browser cannot show this file.",
  items: "What to search for",
  whole: "Whole photo",
  own: "Own box",
  severalHint: "More than one thing on the photo? Take “Own box” and put it around the one you mean.",
  ownBox: "Own box on the photo",
  ownHelp: "Drag on the photo. With the keyboard: arrow keys move the box, Shift and arrow keys size it.",
  category: "Category",
  likely: "Likely",
  more: "Like",
  moreLike: "More like this",
  otherShops: "The same in other shops",
  backToPhoto: "Back to your photo",
  refine: "Refine: category, shape, colour",
  balance: "What matters",
  shape: "Shape",
  colour: "Colour",
  balanceText: (shape: number, colour: number) => `shape ${shape}, colour ${colour}`,
  usual: "Usual for this category",
  colourWanted: "Same shape in another colour",
  asShown: "As shown",
  anyColour: "Any other colour",
  searching: "Searching…",
  found: (count: number) => (count === 1 ? "1 similar piece" : `${count} similar pieces`),
  similarity: "Similarity",
  similarityParts: (shape: string, colour: string) => `Shape ${shape}, colour ${colour}`,
  match: { "same": "the same", "very similar": "very similar", "similar": "similar", "related": "related" },
  oldPrice: "Old price",
  unavailable: "Not in stock",
  openAt: (shop: string) => `Open at ${shop}`,
  opensShop: "opens the shop in a new tab",
  noPicture: "No picture",
  nothing: "Nothing similar here yet",
  nothingHint: "Try another category, the whole photo, or a box of your own.",
  empty: "The catalogue is empty",
  emptyHint: "Whoever runs this installation adds a shop with: nacre feed add, nacre crawl, nacre index.",
  again: "Try again",
  anotherPhoto: "Choose another photo",
  offline: "The server does not answer",
  offlineHint: "Check the connection, then try again.",
  failed: "That did not work",
  problems: {
    "bad-request": "The server did not understand the request",
    "photo-missing": "The photo did not arrive",
    "unknown-category": "There is no such category",
    "not-found": "This is not here any more",
    "too-large": "The photo is too large",
    "photo-unreadable": "This file cannot be read as a photo",
    "internal": "Something broke on the server",
    "busy": "The server is busy",
    "not-ready": "The server is still starting",
  } as Record<string, string>,
  colours: {
    black: "Black", white: "White", grey: "Grey", beige: "Beige", brown: "Brown", red: "Red", orange: "Orange",
    yellow: "Yellow", green: "Green", turquoise: "Turquoise", blue: "Blue", navy: "Navy", purple: "Purple",
    pink: "Pink",
  },
};

const ru: typeof en = {
  title: "nacre: поиск одежды по фото",
  question: "А есть такое же, но с перламутровыми пуговицами?",
  lead: "Будем искать. Покажите фото: nacre найдёт на нём каждую вещь, обувь и сумку, и самое похожее в магазинах.",
  take: "Снять",
  choose: "Выбрать фото",
  drop: "или перетащите его сюда, или вставьте",
  dropNow: "Отпустите, чтобы искать по этому фото",
  privacy: "Прежде чем покинуть устройство, фото уменьшается и теряет место и дату съёмки.",
  home: "nacre, начать сначала",
  newPhoto: "Новое фото",
  dark: "Тёмная тема",
  language: "In English",
  yourPhoto: "Ваше фото",
  cannotShow: "Браузер не может показать этот файл.",
  items: "Что искать",
  whole: "Всё фото",
  own: "Своя рамка",
  severalHint: "На фото не одна вещь? Возьмите «Свою рамку» и обведите нужную.",
  ownBox: "Своя рамка на фото",
  ownHelp: "Потяните по фото. С клавиатуры: стрелки двигают рамку, Shift и стрелки меняют размер.",
  category: "Категория",
  likely: "Вероятные",
  more: "Похожее на",
  moreLike: "Больше похожих",
  otherShops: "То же в других магазинах",
  backToPhoto: "Назад к фото",
  refine: "Уточнить: категория, форма, цвет",
  balance: "Что важнее",
  shape: "Форма",
  colour: "Цвет",
  balanceText: (shape, colour) => `форма ${shape}, цвет ${colour}`,
  usual: "Как обычно для категории",
  colourWanted: "Та же форма в другом цвете",
  asShown: "Как на фото",
  anyColour: "Любой другой цвет",
  searching: "Ищем…",
  found: (count) => `${count} ${plural(count, "похожая вещь", "похожие вещи", "похожих вещей")}`,
  similarity: "Сходство",
  similarityParts: (shape, colour) => `Форма ${shape}, цвет ${colour}`,
  match: { "same": "то же самое", "very similar": "очень похоже", "similar": "похоже", "related": "близкое" },
  oldPrice: "Старая цена",
  unavailable: "Нет в наличии",
  openAt: (shop) => `Открыть в ${shop}`,
  opensShop: "магазин откроется в новой вкладке",
  noPicture: "Нет картинки",
  nothing: "Здесь пока ничего похожего",
  nothingHint: "Попробуйте другую категорию, всё фото или свою рамку.",
  empty: "Каталог пуст",
  emptyHint: "Магазин добавляет тот, кто ведёт эту установку: nacre feed add, nacre crawl, nacre index.",
  again: "Ещё раз",
  anotherPhoto: "Выбрать другое фото",
  offline: "Сервер не отвечает",
  offlineHint: "Проверьте соединение и попробуйте ещё раз.",
  failed: "Не получилось",
  problems: {
    "bad-request": "Сервер не понял запрос",
    "photo-missing": "Фото не дошло",
    "unknown-category": "Такой категории нет",
    "not-found": "Этого здесь больше нет",
    "too-large": "Фото слишком большое",
    "photo-unreadable": "Этот файл не читается как фото",
    "internal": "На сервере что-то сломалось",
    "busy": "Сервер занят",
    "not-ready": "Сервер ещё запускается",
  },
  colours: {
    black: "Чёрный", white: "Белый", grey: "Серый", beige: "Бежевый", brown: "Коричневый", red: "Красный",
    orange: "Оранжевый", yellow: "Жёлтый", green: "Зелёный", turquoise: "Бирюзовый", blue: "Синий",
    navy: "Тёмно-синий", purple: "Фиолетовый", pink: "Розовый",
  },
};

function plural(count: number, one: string, few: string, many: string): string {
  const form = new Intl.PluralRules("ru").select(count);
  return form === "one" ? one : form === "few" ? few : many;
}

export type Language = "en" | "ru";
const remembered = localStorage.getItem("language");
let current: Language =
  remembered === "en" || remembered === "ru" ? remembered : navigator.language.startsWith("ru") ? "ru" : "en";

export const language = (): Language => current;
export const words = (): typeof en => (current === "ru" ? ru : en);

export function switchLanguage(): void {
  current = current === "en" ? "ru" : "en";
  localStorage.setItem("language", current);
}

export function percent(share: number): string {
  return new Intl.NumberFormat(current, { style: "percent" }).format(share);
}

export function money(amount: number, currency: string | undefined): string {
  const digits = Number.isInteger(amount) ? 0 : 2;
  const format: Intl.NumberFormatOptions = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  try {
    return new Intl.NumberFormat(current, currency ? { ...format, style: "currency", currency, currencyDisplay: "narrowSymbol" } : format).format(amount);
  } catch {
    // A shop's own word for its currency, which no standard knows.
    return `${new Intl.NumberFormat(current, format).format(amount)} ${currency}`;
  }
}
