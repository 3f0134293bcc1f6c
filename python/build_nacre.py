# SPDX-License-Identifier: Apache-2.0
"""The cffi module: the declarations are those of nacre.h itself."""
import glob
import re

from cffi import FFI

HEADER = "../include/nacre/nacre.h"
BASE = ["error", "log", "memory", "pool"]

text = open(HEADER).read()
text = text[text.index("typedef enum nacre_status") : text.rindex("#ifdef __cplusplus")]
text = re.sub(r"//.*", "", text).replace("NACRE_API ", "")
text = re.sub(r"^#.*", "", text, flags=re.MULTILINE)

ffi = FFI()
ffi.cdef(text)
ffi.set_source(
    "nacre._nacre",
    "#include <nacre/nacre.h>",
    sources=[f"../src/base/{name}.c" for name in BASE] + sorted(glob.glob("../src/index/*.c")),
    include_dirs=["../include", "../src"],
    define_macros=[("_GNU_SOURCE", None), ("NACRE_VERSION", '"0.1.0"')],
    extra_compile_args=["-std=c17", "-O2"],
    libraries=["z", "pthread"],
)
