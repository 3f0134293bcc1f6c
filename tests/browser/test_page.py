# SPDX-License-Identifier: Apache-2.0
import io
import itertools
import json
import re
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PHONE, PRICELESS
from PIL import Image
from playwright.sync_api import expect

SWEATER = 1001  # offers of the wardrobe; how well drawn photos are understood is measured elsewhere, so the page is
DRESS, HEELS, BAG = 1201, 3001, 4001  # tested with the shop's own pictures, which find themselves


def choose(page, photo):
    page.locator("input[type=file]:not([capture])").set_input_files(photo)


def answered(page):
    """Waits until the page shows the answer to what was asked last."""
    expect(page.locator(".results")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("ol.cards, .message")).to_be_visible()


def results(page):
    """The cards of the answer."""
    answered(page)
    expect(page.locator(".card:not(.skeleton)").first).to_be_visible()
    return page.locator("ol.cards > li")


@pytest.fixture
def sweater(wardrobe):
    return wardrobe / f"pictures/{SWEATER}.jpg"


# ---- from a photo to a shop ------------------------------------------------------------------------------------------

def test_photo_in_product_out(open_page, sweater, shop, screenshot):
    page = open_page()
    screenshot(page, "start-desk")
    choose(page, sweater)
    cards = results(page)
    assert cards.count() > 4
    expect(page.locator(".box").first).to_be_visible()
    first = cards.first
    expect(first.locator(".title")).to_contain_text("Striped sweater, white and black")
    expect(first.locator(".price")).to_contain_text(re.compile(r"₽\s?\d"))
    expect(first.locator(".similarity")).to_contain_text("%")
    expect(first.locator(".shop")).to_have_text(re.compile("wardrobe", re.I))
    first.locator("img").evaluate("image => image.decode()")  # fails where it cannot be had or drawn
    screenshot(page, "photo-desk")

    link = first.locator(".title a")
    assert link.get_attribute("rel") == "noopener noreferrer"
    with page.expect_popup() as popup:
        link.click()
    popup.value.wait_for_load_state()
    assert popup.value.url == f"{shop}/product/{SWEATER}"
    assert "sweater" in popup.value.title().lower()


def test_old_price_and_missing_price(open_page, server):
    products = (get_json(f"{server}/v1/products/{number}") for number in itertools.count(1))
    priceless = next(product for product in products if product["offer"] == str(PRICELESS))
    assert "price" not in priceless
    page = open_page()
    page.goto(f"{server}#product/{priceless['id']}")
    results(page)
    expect(page.locator(".seed .price")).to_have_text("")
    expect(page.locator(".card s").first).to_contain_text("₽")  # every fifth has come down in price


def get_json(address):
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def test_address_that_is_no_web_address_is_no_link(open_page, sweater):
    page = open_page()

    def poison(route):
        answer = route.fetch()
        reply = answer.json()
        for result in reply["items"][0]["results"]:
            result["product"]["url"] = "javascript:alert(1)"
        route.fulfill(response=answer, json=reply)

    page.route("**/v1/search", poison)
    choose(page, sweater)
    results(page)
    assert page.locator('[href^="javascript"]').count() == 0
    assert page.locator(".card .title a[href]").count() == 0


# ---- the photo -------------------------------------------------------------------------------------------------------

REMEMBER_UPLOADS = """() => {
  const send = window.fetch;
  window.fetch = (address, options) => {
    if (options?.body instanceof FormData) window.lastUpload = options.body.get("photo");
    return send(address, options);
  };
}"""


def test_large_photo_is_sent_small_upright_and_without_its_story(open_page, sweater, tmp_path):
    large = tmp_path / "large.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "Camera maker"
    upright = Image.open(sweater).resize((3000, 4000))
    upright.transpose(Image.Transpose.ROTATE_90).save(large, exif=exif, quality=90)

    page = open_page()
    page.evaluate(REMEMBER_UPLOADS)
    with page.expect_response("**/v1/search") as answer:
        choose(page, large)
    assert answer.value.json()["photo"]["width"] == 1200
    assert answer.value.json()["photo"]["height"] == 1600
    sent = bytes(page.evaluate("lastUpload.arrayBuffer().then(buffer => [...new Uint8Array(buffer)])"))
    assert len(sent) < large.stat().st_size
    arrived = Image.open(io.BytesIO(sent))
    assert not arrived.getexif()
    small = upright.resize((30, 40)).convert("L").tobytes()
    differences = [abs(a - b) for a, b in zip(small, arrived.resize((30, 40)).convert("L").tobytes())]
    assert sum(differences) / len(differences) < 6  # the same picture, not one on its side
    results(page)


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_photo_dropped_or_pasted(open_page, sweater, way):
    page = open_page()
    page.evaluate("""([way, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", {type: "image/jpeg"}));
      const init = {bubbles: true, cancelable: true};
      document.body.dispatchEvent(way === "drop" ? new DragEvent("drop", {...init, dataTransfer: data})
                                                 : new ClipboardEvent("paste", {...init, clipboardData: data}));
    }""", [way, list(sweater.read_bytes())])
    assert results(page).count() > 0


def test_phone_offers_its_camera(open_page):
    page = open_page(PHONE, has_touch=True, is_mobile=True)
    expect(page.locator(".take")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.locator(".take").tap()
    assert chooser.value.element.get_attribute("capture") == "environment"
    assert chooser.value.element.get_attribute("accept") == "image/*"


# ---- items on the photo ------------------------------------------------------------------------------------------------

def run_lengths(size, box):
    """COCO's compressed run lengths of an upright rectangle, the plain way: the mask is written out and counted."""
    height, width = size
    x, y, w, h = box
    column = lambda at: "".join("1" if x <= at < x + w and y <= row < y + h else "0" for row in range(height))
    runs, last = [0], "0"
    for bit in "".join(map(column, range(width))):
        if bit != last:
            runs.append(0)
            last = bit
        runs[-1] += 1
    text = ""
    for i, run in enumerate(runs):
        value = run - runs[i - 2] if i > 2 else run
        more = True
        while more:
            group, value = value & 31, value >> 5
            more = value != (-1 if group & 16 else 0)
            text += chr(48 + group + (32 if more else 0))
    return text


@pytest.fixture
def outfit(wardrobe, server, tmp_path):
    """Three products on one photo, 660x880, and a route handler that finds them: each item is the server's own answer for
    the box it lies in. The masks are the boxes' inner rectangles."""
    photo = Image.new("RGB", (660, 880), "white")
    boxes = [[0, 0, 330, 440], [330, 0, 330, 440], [165, 440, 330, 440]]
    for offer, (x, y, _, _) in zip((DRESS, HEELS, BAG), boxes):
        picture = next(wardrobe.glob(f"pictures/{offer}.*"))
        photo.paste(Image.open(picture).convert("RGB"), (x, y))
    path = tmp_path / "outfit.jpg"
    photo.save(path, quality=95)

    def answer(route):
        if b'name="box"' in (route.request.post_data_buffer or b""):
            return route.continue_()
        items = []
        for box in boxes:
            reply = post_photo(server, path.read_bytes(), box=",".join(map(str, box)))
            x, y, w, h = box
            size = [reply["photo"]["height"], reply["photo"]["width"]]
            inner = [x + w // 4, y + h // 4, w // 2, h // 2]
            items.append({**reply["items"][0], "score": 0.9, "mask": {"size": size, "counts": run_lengths(size, inner)}})
        route.fulfill(json={**reply, "items": items})

    answer.photo = path
    answer.boxes = boxes
    return answer


def post_photo(server, photo, **options):
    edge = b"--edge-of-the-part"
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in options.items()]
    parts.append(b'Content-Disposition: form-data; name="photo"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + photo)
    body = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + edge + b"--\r\n"
    request = urllib.request.Request(f"{server}/v1/search", body, {
        "Content-Type": f"multipart/form-data; boundary={edge.decode()}"})
    return get_json(request)


def tap(page, x, y):
    """At a pixel of the photo, which is 660 pixels wide."""
    stage = page.locator(".stage").bounding_box()
    page.mouse.click(stage["x"] + x * stage["width"] / 660, stage["y"] + y * stage["width"] / 660)


def chosen(page):
    return page.locator(".chip :checked").get_attribute("value")


def test_tap_takes_the_item_and_masks_are_drawn(open_page, outfit, screenshot):
    page = open_page()
    page.route("**/v1/search", outfit)
    choose(page, outfit.photo)
    results(page)
    assert page.locator(".box").count() == 3
    titles = []
    for index, (x, y, w, h) in enumerate(outfit.boxes):
        tap(page, x + w / 2, y + h / 2)
        assert chosen(page) == str(index)
        titles.append(page.locator("h1").inner_text())
        assert page.url.endswith(f"item={index}")
        # The veil lies over the photo but for the chosen item's mask.
        alpha = page.evaluate("""([x, y]) => {
          const veil = document.querySelector(".veil");
          const copy = new OffscreenCanvas(veil.width, veil.height).getContext("2d", {willReadFrequently: true});
          copy.drawImage(veil, 0, 0);
          const at = (x, y) => copy.getImageData(x * veil.width / 660, y * veil.width / 660, 1, 1).data[3];
          return [at(x, y), at(5, 5)];
        }""", [x + w / 2, y + h / 2])
        assert alpha[0] == 0 and alpha[1] > 50
    assert len(set(titles)) == 3, titles
    screenshot(page, "items-desk")


def test_of_nested_items_the_smallest_is_taken(open_page, outfit):
    page = open_page()
    large, small = [40, 60, 560, 700], [200, 300, 200, 200]

    def nest(route):
        answer = route.fetch()
        item = answer.json()["items"][0]
        boxes = [small, large, [100, 160, 400, 500]]
        route.fulfill(response=answer, json={**answer.json(), "items": [{**item, "box": box} for box in boxes]})

    page.route("**/v1/search", nest)
    choose(page, outfit.photo)
    results(page)
    for (x, y), item in {(300, 400): "0", (110, 180): "2", (60, 80): "1"}.items():
        tap(page, x, y)
        assert chosen(page) == item


def test_a_tap_beside_the_smaller_item_s_mask_takes_the_larger(open_page, outfit):
    """A shirt's box lies in the jacket's; between the shirt's mask and its box is the jacket."""
    page = open_page()
    jacket, shirt = [40, 60, 560, 700], [140, 160, 360, 500]

    def answer(route):
        reply = route.fetch().json()
        size = [reply["photo"]["height"], reply["photo"]["width"]]
        item = reply["items"][0]
        items = [{**item, "box": box, "mask": {"size": size, "counts": run_lengths(size, mask)}}
                 for box, mask in ((jacket, jacket), (shirt, [240, 160, 100, 500]))]
        route.fulfill(json={**reply, "items": items})

    page.route("**/v1/search", answer)
    choose(page, outfit.photo)
    results(page)
    for (x, y), item in {(290, 400): "1", (160, 400): "0", (60, 400): "0"}.items():
        tap(page, x, y)
        assert chosen(page) == item


def test_own_box_by_dragging(open_page, sweater, screenshot):
    page = open_page()
    choose(page, sweater)
    results(page)
    stage = page.locator(".stage").bounding_box()
    at = lambda x, y: (stage["x"] + x * stage["width"], stage["y"] + y * stage["height"])
    page.mouse.move(*at(0.2, 0.3))
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.5), steps=4)
    with page.expect_response("**/v1/search") as answer:
        page.mouse.move(*at(0.8, 0.7), steps=4)
        page.mouse.up()
    box = answer.value.json()["items"][0]["box"]
    width, height = (answer.value.json()["photo"][side] for side in ("width", "height"))
    shares = [box[0] / width, box[1] / height, box[2] / width, box[3] / height]
    assert shares == pytest.approx([0.2, 0.3, 0.6, 0.4], abs=0.02)
    assert chosen(page) == "own"
    answered(page)
    screenshot(page, "own-box-desk")

    # Its corner sizes it, its middle moves it.
    page.mouse.move(*at(0.8, 0.7))
    page.mouse.down()
    page.mouse.move(*at(0.9, 0.9), steps=4)
    with page.expect_response("**/v1/search") as answer:
        page.mouse.up()
    x, y, w, h = answer.value.json()["items"][0]["box"]
    assert [x / width, y / height, w / width, h / height] == pytest.approx([0.2, 0.3, 0.7, 0.6], abs=0.02)


def test_finger_scrolls_the_photo_until_an_own_box_is_there(open_page, sweater):
    page = open_page(PHONE, has_touch=True, is_mobile=True)
    choose(page, sweater)
    results(page)
    assert page.locator(".stage").evaluate("stage => getComputedStyle(stage).touchAction") == "auto"
    page.locator(".chip", has_text="Own box").click()
    answered(page)
    assert page.locator(".stage").evaluate("stage => getComputedStyle(stage).touchAction") == "none"


# ---- wishes ------------------------------------------------------------------------------------------------------------

def search_again(page, action):
    """What the server answers after the action; the page shows it."""
    with page.expect_response(re.compile(r"/v1/(search|products/\d+/similar)")) as answer:
        action()
    assert answer.value.status == 200, answer.value.text()
    answered(page)
    return answer.value.json()


def test_balance_of_shape_and_colour(open_page, sweater):
    page = open_page()
    choose(page, sweater)
    results(page)
    slider = page.get_by_role("slider")
    usual = slider.input_value()
    slider.focus()
    for key, wanted in (("Home", "10:0"), ("End", "0:10")):
        reply = search_again(page, lambda: page.keyboard.press(key))
        item = reply["items"][0]
        assert item["weights"] == wanted
        expect(page.locator("output")).to_have_text(wanted)
        part = "shape" if wanted == "10:0" else "colour"
        for result in item["results"]:
            assert result["similarity"] == pytest.approx(result[part], abs=0.005)
    page.get_by_role("button", name="Usual for this category").click()
    results(page)
    assert slider.input_value() == usual
    expect(page.get_by_role("button", name="Usual for this category")).to_be_hidden()


def test_every_colour_is_one_that_the_server_knows(open_page, sweater):
    page = open_page()
    choose(page, sweater)
    results(page)
    swatches = page.locator(".swatches input[type=radio]")
    assert swatches.count() == 15
    for index in range(1, 15):
        search_again(page, lambda: swatches.nth(index).check(force=True))
    page.locator(".swatches input[type=color]").evaluate(
        "input => { input.value = '#7a1f2b'; input.dispatchEvent(new Event('change')); }")
    expect(page.locator(".swatches .chosen")).to_have_count(1)
    assert "colour=%237a1f2b" in page.url
    swatches.first.check(force=True)
    assert "colour" not in page.url


def test_same_shape_in_another_colour(open_page, sweater):
    page = open_page()
    choose(page, sweater)
    results(page)
    reply = search_again(page, lambda: page.get_by_role("radio", name="Red", exact=True).check(force=True))
    itself = next(result for result in reply["items"][0]["results"] if result["product"]["offer"] == str(SWEATER))
    assert itself["shape"] > 0.9  # it has the shape, being the photo's product
    assert itself["colour"] < 0.8  # and is black and white


def test_category_can_be_corrected(open_page, sweater):
    page = open_page()
    choose(page, sweater)
    results(page)
    category = page.get_by_label("Category")
    likely = category.locator("optgroup").first.locator("option")
    assert likely.count() > 1
    reply = search_again(page, lambda: category.select_option("women.dresses"))
    assert reply["items"][0]["category"] == "women.dresses"
    expect(page.locator("h1")).to_have_text("Dresses")


def test_more_like_this_and_the_way_back(open_page, sweater, screenshot):
    page = open_page()
    choose(page, sweater)
    cards = results(page)
    on_photo = page.url
    name = cards.first.locator(".title a").evaluate("link => link.firstChild.textContent")
    reply = search_again(page, lambda: cards.first.locator(".more").click())
    assert reply["product"]["name"] == name
    expect(page.locator("h1")).to_contain_text(name)
    assert reply["product"]["id"] not in [result["product"]["id"] for result in reply["results"]]
    screenshot(page, "product-desk")
    on_product = page.url

    page.locator(".back").click()
    results(page)
    assert page.url == on_photo
    page.go_back()
    results(page)
    assert page.url == on_product
    page.reload()  # the product's address is enough; the photo is gone
    results(page)
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator(".back")).to_have_count(0)


# ---- keyboard, reading aloud, sizes, themes, languages --------------------------------------------------------------------

def focused(page, script):
    return page.evaluate(f"(element => {script})(document.activeElement)")


def press_until(page, key, condition, most=40):
    for _ in range(most):
        page.keyboard.press(key)
        if focused(page, condition):
            return
    raise AssertionError(f"{most} times {key} did not lead to: {condition}")


def test_keyboard_alone(open_page, outfit, screenshot):
    page = open_page()
    page.route("**/v1/search", outfit)
    press_until(page, "Tab", "element.matches('.choose:focus-visible')")
    assert focused(page, "getComputedStyle(element).outlineStyle") == "solid"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(outfit.photo)
    results(page)

    press_until(page, "Tab", "element.name === 'item'")
    assert chosen(page) == "0"
    for item in ("1", "2"):
        page.keyboard.press("ArrowRight")
        assert chosen(page) == item
        expect(page.locator(".box.focus.chosen")).to_have_count(1)
    screenshot(page, "keyboard-desk")
    page.keyboard.press("ArrowRight")
    assert chosen(page) == "whole"
    search_again(page, lambda: page.keyboard.press("ArrowRight"))
    assert chosen(page) == "own"

    page.keyboard.press("Tab")
    assert focused(page, "element.classList.contains('own-box')")
    before = page.locator(".own-box").bounding_box()
    search_again(page, lambda: [page.keyboard.press(key) for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight")])
    after = page.locator(".own-box").bounding_box()
    assert after["x"] > before["x"] and after["y"] > before["y"] and after["width"] > before["width"]

    press_until(page, "Tab", "element.type === 'range'")
    search_again(page, lambda: page.keyboard.press("ArrowLeft"))
    press_until(page, "Tab", "element.name === 'colour'")
    search_again(page, lambda: page.keyboard.press("ArrowRight"))
    press_until(page, "Tab", "element.closest('.card') && element.matches('.title a')")
    press_until(page, "Tab", "element.matches('.more')")
    page.keyboard.press("Enter")
    results(page)
    assert "#product/" in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_in_the_way_of_assistive_technology(open_page, sweater, tmp_path, theme):
    page = open_page(color_scheme=theme, expect_refusals=True)

    def check(what):
        page.wait_for_timeout(300)  # colours fade; a contrast measured meanwhile is nobody's
        found = Axe().run(page).response["violations"]
        assert not found, f"{what}: " + "; ".join(
            f"{violation['id']} at {[node['target'] for node in violation['nodes']]}" for violation in found)

    check("start")
    choose(page, sweater)
    results(page)
    check("photo")
    page.locator(".more").first.click()
    results(page)
    check("product")
    page.goto(page.url.split("#")[0] + "#product/999999999")
    expect(page.get_by_role("alert")).to_be_visible()
    check("error")


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_fits(open_page, sweater, screenshot, width):
    page = open_page({"width": width, "height": 740}, has_touch=width < 800, is_mobile=width < 800)

    def check(what):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, what
        screenshot(page, f"{what}-{width}", full_page=True)

    check("start")
    choose(page, sweater)
    results(page)
    check("photo")
    small = page.locator("a.more, button, select, .chip, .swatches label").evaluate_all(
        "all => all.filter(one => one.offsetParent && one.getBoundingClientRect().height < 24).map(one => one.outerHTML)")
    assert not small, "too small for a finger"
    page.locator(".more").first.click()
    results(page)
    check("product")


def luminance(page):
    return page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)")


def test_dark_and_light(open_page, sweater, screenshot):
    page = open_page(color_scheme="dark")
    assert luminance(page) < 150
    choose(page, sweater)
    results(page)
    screenshot(page, "photo-dark-desk")
    page.get_by_role("button", name="Dark theme").click()
    assert luminance(page) > 600
    page.reload()
    page.get_by_role("button", name="Dark theme", pressed=False).wait_for()
    assert luminance(page) > 600
    assert luminance(open_page(color_scheme="light")) > 600


def test_russian_and_english(open_page, sweater, screenshot):
    page = open_page(PHONE, locale="ru-RU", has_touch=True, is_mobile=True)
    assert page.locator("html").get_attribute("lang") == "ru"
    choose(page, sweater)
    results(page)
    expect(page.locator(".status")).to_have_text(re.compile(r"^\d+ похож"))
    expect(page.locator("h1")).to_have_text(re.compile("[А-Яа-я]"))
    expect(page.locator(".card .price").first).to_have_text(re.compile(r"\d\s₽"))
    page.locator("summary").click()
    screenshot(page, "photo-ru-phone", full_page=True)
    # Nothing English is left over but what shops and the name say.
    words = page.evaluate("document.querySelector('.panel > header').innerText + document.querySelector('.controls').innerText")
    assert not re.search("[A-Za-z]{3,}", words), words

    page.get_by_role("button", name="In English").click()
    results(page)  # the photo and its answers are still there
    expect(page.locator(".status")).to_have_text(re.compile("similar pieces"))
    page.reload()
    expect(page.locator("h1")).to_have_text("The same, but with pearl buttons?")


# ---- when something is wrong ----------------------------------------------------------------------------------------------

def test_file_that_is_no_photo(open_page, tmp_path, screenshot):
    text = tmp_path / "text.jpg"
    text.write_text("not a picture")
    page = open_page(expect_refusals=True)
    with page.expect_response("**/v1/search") as answer:
        choose(page, text)
    assert answer.value.status == 422
    problem = answer.value.json()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("cannot be read as a photo")
    expect(alert).to_contain_text(problem["detail"])
    expect(alert.get_by_role("button", name="Try again")).to_have_count(0)
    with page.expect_file_chooser():
        alert.get_by_role("button", name="Choose another photo").click()
    screenshot(page, "no-photo-desk")


def test_server_that_is_away_and_comes_back(open_page, sweater, screenshot):
    page = open_page(expect_refusals=True)
    page.context.set_offline(True)
    choose(page, sweater)
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    screenshot(page, "offline-desk")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    assert results(page).count() > 0
    assert page.locator(".box").count() > 0


def test_product_that_is_gone(open_page, server):
    page = open_page(expect_refusals=True, at=server)
    page.goto(server + "#product/999999999")
    expect(page.get_by_role("alert")).to_contain_text("This is not here any more")


def test_empty_catalogue(open_page, empty_server, sweater, screenshot):
    page = open_page(at=empty_server)
    choose(page, sweater)
    expect(page.locator(".message")).to_contain_text("The catalogue is empty")
    screenshot(page, "empty-desk")


def test_reload_on_a_photo_starts_again(open_page, sweater):
    page = open_page()
    choose(page, sweater)
    results(page)
    page.reload()
    expect(page.locator("h1")).to_be_visible()
