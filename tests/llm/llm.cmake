# A chat endpoint that misbehaves on request; tests/llm/test_*.c talk to it through the library, tests/cli/prompts through
# the program (tests/llm/with.sh).
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
add_library(llm_server STATIC llm/server.c tls/tls.c)
target_include_directories(llm_server PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src
  ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(llm_server PRIVATE alfa_flags PkgConfig::JANSSON PkgConfig::OPENSSL)
add_executable(llm_endpoint llm/endpoint.c ${PROJECT_SOURCE_DIR}/src/base/strings.c)
target_link_libraries(llm_endpoint PRIVATE llm_server alfa_flags PkgConfig::JANSSON PkgConfig::OPENSSL)

file(GLOB LLM_TESTS CONFIGURE_DEPENDS llm/test_*.c)
foreach(source IN LISTS LLM_TESTS)
  get_filename_component(file ${source} NAME_WE)
  string(REPLACE "test_" "" file ${file})
  add_executable(test_llm_${file} ${source})
  target_link_libraries(test_llm_${file} PRIVATE llm_server alfa_objects alfa_flags PkgConfig::CMOCKA
    PkgConfig::JANSSON PkgConfig::OPENSSL)
  add_test(NAME llm/${file} COMMAND test_llm_${file} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(llm/${file} PROPERTIES LABELS quick TIMEOUT 120)
endforeach()
