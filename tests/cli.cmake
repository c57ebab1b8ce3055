# Every tests/cli/<verb>/<case>.test is one CTest test called cli/<verb>/<case>; tests/cli/run.sh says what they look like.
file(GLOB CLI_TESTS CONFIGURE_DEPENDS cli/*/*.test)
if(NOT ALFA_AMQP)
  list(FILTER CLI_TESTS EXCLUDE REGEX "/amqp\\.test$")
endif()
foreach(case IN LISTS CLI_TESTS)
  get_filename_component(verb ${case} DIRECTORY)
  get_filename_component(verb ${verb} NAME)
  get_filename_component(file ${case} NAME_WE)
  add_test(NAME cli/${verb}/${file}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cli/run.sh $<TARGET_FILE:alfa_cli> ${case}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(cli/${verb}/${file} PROPERTIES LABELS quick TIMEOUT 300)
endforeach()

add_test(NAME includes COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_includes.sh . ${PROJECT_BINARY_DIR}
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(includes PROPERTIES LABELS quick)
