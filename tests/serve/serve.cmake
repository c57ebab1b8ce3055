# alfa serve from outside: tests/serve/test_*.c start the program and talk HTTP to it.
add_library(serve_client STATIC serve/client.c)
target_include_directories(serve_client PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(serve_client PRIVATE alfa_flags PUBLIC PkgConfig::CURL PkgConfig::JANSSON PkgConfig::CMOCKA)
file(GLOB SERVE_TESTS CONFIGURE_DEPENDS serve/test_*.c)
foreach(source IN LISTS SERVE_TESTS)
  get_filename_component(file ${source} NAME_WE)
  string(REPLACE "test_" "" file ${file})
  add_executable(test_serve_${file} ${source})
  target_compile_definitions(test_serve_${file} PRIVATE _GNU_SOURCE)
  target_link_libraries(test_serve_${file} PRIVATE serve_client alfa_flags Threads::Threads)
  add_test(NAME serve/${file} COMMAND test_serve_${file} $<TARGET_FILE:alfa_cli> WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(serve/${file} PROPERTIES LABELS quick TIMEOUT 180 SKIP_RETURN_CODE 77)
endforeach()
# A browser, when there is one: slower than the others.
set_tests_properties(serve/browser PROPERTIES LABELS full TIMEOUT 600)
# The systemd unit: no mistake in it, and an exposure of at most 1 of 10.
add_test(NAME serve/systemd COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/serve/systemd.sh ${PROJECT_SOURCE_DIR}/tools/systemd)
set_tests_properties(serve/systemd PROPERTIES LABELS quick SKIP_RETURN_CODE 77)
