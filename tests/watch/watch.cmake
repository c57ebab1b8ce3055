# Folders in which pictures appear.
add_test(NAME watch/folders COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/watch/watch.sh $<TARGET_FILE:alfa_cli>
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(watch/folders PROPERTIES LABELS quick TIMEOUT 400)
add_executable(test_watch_service watch/test_service.c)
target_link_libraries(test_watch_service PRIVATE alfa_cli_objects alfa_serve alfa_objects alfa_flags PkgConfig::CMOCKA)
add_test(NAME watch/service COMMAND test_watch_service)
set_tests_properties(watch/service PROPERTIES LABELS quick)
