# What the documents tell a reader to type.
add_test(NAME documents/readme COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/documents/readme.sh $<TARGET_FILE:alfa_cli>
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
add_test(NAME documents/programs COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/documents/programs.sh ${PROJECT_BINARY_DIR}
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
# Not under sanitizers: a program that is built without them cannot load a library that is built with them.
set_tests_properties(documents/readme PROPERTIES LABELS quick TIMEOUT 300)
set_tests_properties(documents/programs PROPERTIES LABELS full TIMEOUT 300)
add_test(NAME documents/tour COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/documents/tour.sh WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
add_test(NAME documents/names COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/documents/names.sh WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(documents/tour documents/names PROPERTIES LABELS quick)
