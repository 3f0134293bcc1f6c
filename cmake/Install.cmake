# SPDX-License-Identifier: Apache-2.0
# `make install`: program, library, header, pkg-config file, and the data nacre looks for beside itself.
configure_file(cmake/nacre.pc.in nacre.pc @ONLY)
install(TARGETS nacre_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS nacre LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/nacre/nacre.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nacre)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nacre.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
