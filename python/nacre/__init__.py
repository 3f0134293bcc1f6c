# SPDX-License-Identifier: Apache-2.0
"""nacre's index: exact weighted Hamming search over items with a shape and a colour code of 128 bits each.

    index = nacre.Index()
    index.put(numbers, shape, colour, category=7, price=1999)
    index.commit()
    hits = index.search(shape[:64], colour[:64], k=10, weights=(2, 8))   # HIT[64, 10]

Codes are uint8 arrays of shape (n, 16). See nacre.h for limits and thread rules; calls release the GIL.
"""
import numpy as np

from ._nacre import ffi, lib

__all__ = ["HIT", "ITEM", "OFFER", "Error", "Index", "kernel"]


def _dtype(kind):
    """The C structure as a NumPy type; pointers are addresses."""
    names, formats, offsets = [], [], []
    for field, about in kind.fields:
        if about.type.kind == "array":
            formats.append((np.uint8, about.type.length))
        elif about.type.kind == "struct":
            formats.append(_dtype(about.type))
        elif about.type.kind == "pointer":
            formats.append(np.uintp)
        elif about.type.cname == "_Bool":
            formats.append(np.bool_)
        else:
            sign = "i" if about.type.cname.startswith("int") else "u"
            formats.append(f"{sign}{ffi.sizeof(about.type)}")
        names.append(field)
        offsets.append(about.offset)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": ffi.sizeof(kind)})


ITEM, OFFER, QUERY, HIT = (_dtype(ffi.typeof(f"nacre_{name}")) for name in ("item", "offer", "query", "hit"))


class Error(Exception):
    """What the library refused, in its words; `word` is the status, such as "argument"."""

    def __init__(self, error):
        self.word = ffi.string(lib.nacre_status_word(error.status)).decode()
        super().__init__(ffi.string(error.message).decode())


def kernel():
    """The kernel in use, such as "avx2"."""
    return ffi.string(lib.nacre_index_kernel()).decode()


def _call(function, *arguments):
    error = ffi.new("nacre_error *")
    if function(*arguments, error) != lib.NACRE_OK:
        raise Error(error)


def _numbers(values, dtype):
    return np.ascontiguousarray(np.atleast_1d(values), dtype=dtype)


def _pointer(array, ctype):
    """The array's numbers, where they lie."""
    return ffi.from_buffer(ctype, array)


def _codes(values):
    codes = np.ascontiguousarray(values, dtype=np.uint8)
    if codes.ndim == 1:
        codes = codes[np.newaxis]
    if codes.ndim != 2 or codes.shape[1] != lib.NACRE_CODE_BYTES:
        raise ValueError(f"codes are of shape (n, {lib.NACRE_CODE_BYTES}), not {codes.shape}")
    return codes


class Index:
    """Any number of threads may use one index at once."""

    def __init__(self, model="", threads=0, path=None, coarse_items=0):
        """An empty index, or the snapshot at `path`. threads=0: one per processor. Categories of at least
        coarse_items items can be searched approximately; 0: 5 million."""
        name = ffi.new("char[]", model.encode())
        options = ffi.new("nacre_index_options *", {"model": name, "threads": threads, "coarse_items": coarse_items})
        result = ffi.new("nacre_index **")
        if path is None:
            _call(lib.nacre_index_new, options, result)
        else:
            _call(lib.nacre_index_open, str(path).encode(), options, result)
        self._index = ffi.gc(result[0], lib.nacre_index_free)

    def put(self, items, shape, colour, *, product=None, category=0, shop=0, brand=0, price=-1, available=True):
        """Adds or replaces; all but the codes may be one value for all. product=None: the item's number."""
        shape, colour = _codes(shape), _codes(colour)
        rows = np.zeros(len(shape), ITEM)
        rows["shape"], rows["colour"], rows["item"] = shape, colour, items
        rows["product"] = rows["item"] if product is None else product
        rows["category"], rows["shop"], rows["brand"] = category, shop, brand
        rows["price"], rows["available"] = price, available
        _call(lib.nacre_index_put, self._index, _pointer(rows, "nacre_item[]"), len(rows))

    def remove(self, items):
        items = _numbers(items, np.uint64)
        _call(lib.nacre_index_remove, self._index, _pointer(items, "uint64_t[]"), len(items))

    def update(self, items, price, available=True):
        items = _numbers(items, np.uint64)
        rows = np.zeros(len(items), OFFER)
        rows["item"], rows["price"], rows["available"] = items, price, available
        _call(lib.nacre_index_update, self._index, _pointer(rows, "nacre_offer[]"), len(rows))

    def commit(self):
        _call(lib.nacre_index_commit, self._index)

    def save(self, path):
        _call(lib.nacre_index_save, self._index, str(path).encode())

    def search(self, shape, colour, k=10, *, weights=(1, 1), categories=None, shops=None, brands=None,
               price=(0, 0), available=False, not_product=None, lists=0, with_found=False):
        """HIT[n, k], best first; places behind the last hit are zero (with_found: also how many there are).
        lists=0: exact; else see nacre_index_search in nacre.h."""
        shape, colour = _codes(shape), _codes(colour)
        if len(shape) != len(colour):
            raise ValueError(f"{len(shape)} shape codes and {len(colour)} colour codes")
        q = ffi.new("nacre_query *")  # all but the codes, which are the same for all
        q.shape_weight, q.colour_weight = weights
        q.lists = lists
        f = q.filter
        f.price_min, f.price_max = price
        f.only_available = available
        if not_product is not None:
            f.without_product, f.not_product = True, not_product
        if categories is not None:
            categories = _numbers(categories, np.uint16)
            q.categories, q.category_count = _pointer(categories, "uint16_t[]"), len(categories)
        if shops is not None:
            shops = _numbers(shops, np.uint32)
            f.shops, f.shop_count = _pointer(shops, "uint32_t[]"), len(shops)
        if brands is not None:
            brands = _numbers(brands, np.uint32)
            f.brands, f.brand_count = _pointer(brands, "uint32_t[]"), len(brands)
        queries = np.frombuffer(bytearray(bytes(ffi.buffer(q)) * len(shape)), QUERY)  # faster than repeat
        queries["shape"], queries["colour"] = shape, colour
        hits = np.zeros((len(shape), k), HIT)
        found = np.zeros(len(shape), np.uint64)
        _call(lib.nacre_index_search, self._index, _pointer(queries, "nacre_query[]"), len(queries), k,
              _pointer(hits, "nacre_hit[]"), _pointer(found, "size_t[]"))
        return (hits, found) if with_found else hits

    def statistics(self):
        s = ffi.new("nacre_index_statistics *")
        lib.nacre_index_get_statistics(self._index, s)
        return {name: getattr(s, name) for name, _ in ffi.typeof("nacre_index_statistics").fields
                if name != "kernel"} | {"kernel": kernel()}
