# Folders in which pictures appear, and who is told of them.
foreach(test service outbox)
  add_executable(test_watch_${test} watch/test_${test}.c)
  target_link_libraries(test_watch_${test} PRIVATE alfa_cli_objects alfa_serve alfa_fleet alfa_message alfa_objects alfa_flags PkgConfig::CMOCKA)
  add_test(NAME watch/${test} COMMAND test_watch_${test})
endforeach()
add_test(NAME watch/folders COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/watch/watch.sh $<TARGET_FILE:alfa_cli>
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
add_test(NAME watch/mqtt COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/watch/mqtt.sh $<TARGET_FILE:alfa_cli>
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(watch/service watch/outbox watch/folders watch/mqtt PROPERTIES LABELS quick TIMEOUT 400 SKIP_RETURN_CODE 77)
