# SPDX-License-Identifier: Apache-2.0
"""Compiles the index's C files into the extension module: the wheel needs no libnacre."""
import platform

from setuptools import setup
from setuptools.command.build_ext import build_ext

KERNEL_FLAGS = {
    "kernel_avx2.c": ["-mavx2"],
    "kernel_avx512.c": ["-mavx512bw"],
    "kernel_vpopcnt.c": ["-mavx512bw", "-mavx512bitalg"],
}


class BuildWithKernelFlags(build_ext):
    """Gives each kernel's file, and no other, its instruction set."""

    def build_extensions(self):
        compile_one = self.compiler._compile

        def with_flags(obj, src, ext, cc_args, extra, pp_opts):
            flags = KERNEL_FLAGS.get(src.rsplit("/", 1)[-1], []) if platform.machine() == "x86_64" else []
            compile_one(obj, src, ext, cc_args, extra + flags, pp_opts)

        self.compiler._compile = with_flags
        super().build_extensions()


setup(cffi_modules=["build_nacre.py:ffi"], cmdclass={"build_ext": BuildWithKernelFlags})
