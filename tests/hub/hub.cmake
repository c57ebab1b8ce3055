# A model hub that misbehaves on request; tests/hub/test_*.c talk to it through src/hub, tests/cli/model through the program
# (tests/hub/with.sh).
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
add_library(hub_server STATIC hub/server.c tls/tls.c)
target_include_directories(hub_server PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src
  ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(hub_server PUBLIC PkgConfig::OPENSSL PRIVATE alfa_flags)
add_executable(hub_endpoint hub/endpoint.c ${PROJECT_SOURCE_DIR}/src/base/strings.c)
target_link_libraries(hub_endpoint PRIVATE hub_server alfa_flags)

file(GLOB HUB_TESTS CONFIGURE_DEPENDS hub/test_*.c)
foreach(source IN LISTS HUB_TESTS)
  get_filename_component(file ${source} NAME_WE)
  string(REPLACE "test_" "" file ${file})
  add_executable(test_hub_${file} ${source})
  target_include_directories(test_hub_${file} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(test_hub_${file} PRIVATE hub_server alfa_objects alfa_flags PkgConfig::CMOCKA)
  add_test(NAME hub/${file} COMMAND test_hub_${file} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(hub/${file} PROPERTIES LABELS quick TIMEOUT 120)
endforeach()
