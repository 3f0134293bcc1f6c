# SPDX-License-Identifier: Apache-2.0
# `make install`: program, library, header, pkg-config file, and what nacre looks for in PREFIX/share/nacre and
# PREFIX/lib/nacre.
# pkg-config finds the prefix from its own file's place, so that an installation may be moved.
file(RELATIVE_PATH NACRE_PREFIX_FROM_PKGCONFIG ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/nacre.pc.in nacre.pc @ONLY)
install(TARGETS nacre_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS nacre LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/nacre/nacre.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nacre)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nacre.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(NACRE_DATA_DIR ${CMAKE_INSTALL_DATADIR}/nacre)
install(FILES data/taxonomy.xml data/taxonomy.xsd DESTINATION ${NACRE_DATA_DIR}/data)
install(DIRECTORY models DESTINATION ${NACRE_DATA_DIR} FILES_MATCHING PATTERN "*.onnx" PATTERN "*.md" PATTERN "*.png")
install(DIRECTORY web/dist DESTINATION ${NACRE_DATA_DIR}/web)

# The ONNX Runtime that scripts/install-onnxruntime fetched; an installation of the user's own stays where it is.
set(fetched ${PROJECT_SOURCE_DIR}/.deps/onnxruntime)
if(NOT DEFINED ENV{ONNXRUNTIME_ROOT} AND EXISTS ${fetched}/lib/libonnxruntime.so.1)
  file(REAL_PATH ${fetched}/lib/libonnxruntime.so.1 library)
  install(PROGRAMS ${library} DESTINATION ${CMAKE_INSTALL_LIBDIR}/nacre RENAME libonnxruntime.so.1)
  install(FILES ${fetched}/LICENSE ${fetched}/ThirdPartyNotices.txt DESTINATION ${CMAKE_INSTALL_DOCDIR}/onnxruntime)
endif()

install(FILES LICENSE THIRD_PARTY.md README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES completions/nacre.bash RENAME nacre
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completions/_nacre DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

# Services for the user `nacre` and the workspace /var/lib/nacre; docs/crawl.md says how they are set up.
foreach(service crawl index serve)
  configure_file(packaging/systemd/nacre-${service}.service.in nacre-${service}.service @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nacre-${service}.service DESTINATION lib/systemd/system)
endforeach()
