# SPDX-License-Identifier: Apache-2.0
"""The shop's feed as Yandex Market defines it, and the mapping of its categories to nacre's."""

from xml.sax.saxutils import escape, quoteattr

from .stock import CATEGORIES, NAMES

# What serves the folder puts its own address in this one's place.
ADDRESS = "http://wardrobe.example"


def picture_name(offer, view):
    """Where a view's picture lies in the folder; a few are PNG, as in a real shop."""
    suffix = "" if view == "front" else "-" + view.replace(" ", "-")
    return f"pictures/{offer.id}{suffix}.{'png' if int(offer.id) % 8 == 0 else 'jpg'}"


def _element(name, text):
    return f"        <{name}>{escape(str(text))}</{name}>\n"


def feed(offers):
    categories = "".join(
        f'      <category id="{c}"' + (f' parentId="{parent}"' if parent else "") + f">{escape(name)}</category>\n"
        for c, parent, name, _ in CATEGORIES
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<yml_catalog date="2026-01-15T12:00+03:00">\n  <shop>\n'
        "    <name>Wardrobe</name>\n    <company>The drawn wardrobe</company>\n"
        f'    <url>{ADDRESS}/</url>\n    <currencies>\n      <currency id="RUB" rate="1"/>\n    </currencies>\n'
        f"    <categories>\n{categories}    </categories>\n    <offers>\n{''.join(map(_offer, offers))}    </offers>\n"
        "  </shop>\n</yml_catalog>\n"
    )


def _offer(offer):
    category = next(c for c in CATEGORIES if c[2] == offer.category)
    # Shoes and bags come as the other kind of offer, whose name is in three parts.
    in_parts = category[1] in (3, 4)
    text = f'      <offer id="{offer.id}"' + (' type="vendor.model"' if in_parts else "") + ' available="true">\n'
    if in_parts:
        kind, _, colours = offer.name.partition(",")
        text += _element("typePrefix", kind) + _element("model", f"Model {offer.id},{colours}")
    else:
        text += _element("name", offer.name)
    text += _element("vendor", ["Pearl", "Needle & Thread", "Bobbin", "Selvedge"][int(offer.id) % 4])
    text += _element("url", f"{ADDRESS}/product/{offer.id}") + _element("price", offer.price)
    if int(offer.id) % 5 == 0:
        text += _element("oldprice", offer.price + 1500)
    text += _element("currencyId", "RUB") + _element("categoryId", category[0])
    text += "".join(_element("picture", f"{ADDRESS}/{picture_name(offer, view)}") for view in offer.views)
    text += _element("description", f"{offer.name}. Drawn by a script, sold nowhere.")
    text += "".join(
        f"        <param name={quoteattr(name)}>{escape(value)}</param>\n"
        for name, value in (
            ("Colour", NAMES[offer.cloth.colours[0]]),
            ("Pattern", offer.cloth.pattern),
            ("Material", offer.cloth.weave),
        )
    )
    return text + "      </offer>\n"


def mapping():
    parents = {c: name for c, _, name, _ in CATEGORIES}
    lines = "".join(
        f'  <category id="{c}" path={quoteattr(f"{parents[parent]} > {name}")} to="{ours}"/>\n'
        for c, parent, name, ours in CATEGORIES
        if ours
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<mapping version="1">\n{lines}</mapping>\n'
