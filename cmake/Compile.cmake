# SPDX-License-Identifier: Apache-2.0
# How our own code is compiled: strict warnings, sanitizers by preset.
add_library(nacre_compile INTERFACE)
target_compile_options(nacre_compile INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror -fno-common)
# A result is written only on success, which gcc cannot see across functions when it optimises.
target_compile_options(nacre_compile INTERFACE $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
target_compile_definitions(nacre_compile INTERFACE _GNU_SOURCE)
if(NACRE_SANITIZE)
  target_compile_options(nacre_compile INTERFACE
    -fsanitize=${NACRE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(nacre_compile INTERFACE -fsanitize=${NACRE_SANITIZE})
endif()
if(NACRE_COVERAGE)
  target_compile_options(nacre_compile INTERFACE --coverage)
  target_link_options(nacre_compile INTERFACE --coverage)
endif()
