# SPDX-License-Identifier: Apache-2.0
# Every library nacre stands on; THIRD_PARTY.md says why each was chosen.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(VIPS REQUIRED IMPORTED_TARGET vips>=8.14)
pkg_check_modules(LIBXML REQUIRED IMPORTED_TARGET libxml-2.0>=2.9.14)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(XLSX REQUIRED IMPORTED_TARGET xlsxwriter) # its .pc file tells no real version
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)

# Snowball's stemmers come without a pkg-config file.
find_path(STEMMER_INCLUDE_DIR libstemmer.h REQUIRED)
find_library(STEMMER_LIBRARY stemmer REQUIRED)

# ONNX Runtime is opened with dlopen, so only its C header is needed to build.
# scripts/install-onnxruntime puts header and library where this looks.
find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_c_api.h
  HINTS "$ENV{ONNXRUNTIME_ROOT}/include" "$ENV{ONNXRUNTIME_ROOT}/include/onnxruntime"
        "${PROJECT_SOURCE_DIR}/.deps/onnxruntime/include"
  PATH_SUFFIXES onnxruntime onnxruntime/core/session)
if(NOT ONNXRUNTIME_INCLUDE_DIR)
  message(FATAL_ERROR "onnxruntime_c_api.h not found: run scripts/install-onnxruntime, or set ONNXRUNTIME_ROOT")
endif()
