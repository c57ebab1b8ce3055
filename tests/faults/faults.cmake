# What happens when memory runs out. allocations.c sweeps over the allocations of alfa's own code: here some of them, all
# with make faults.
add_executable(faults_allocations faults/allocations.c)
target_include_directories(faults_allocations PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(faults_allocations PRIVATE alfa_objects alfa_flags)
target_link_options(faults_allocations PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc)
foreach(quick model/97 detect/53 explain/59 learn/67 learn-compared/61 use-bank/71 report/7 answer/1 eval-result/1)
  get_filename_component(scenario ${quick} DIRECTORY)
  get_filename_component(step ${quick} NAME)
  add_test(NAME faults/${scenario} COMMAND faults_allocations ${scenario} ${step} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(faults/${scenario} PROPERTIES LABELS quick TIMEOUT 300 ENVIRONMENT OMP_WAIT_POLICY=passive)
endforeach()

# The program, with everything that it is linked to: some points of each kind here, many with make faults.
add_library(faults_faulty MODULE faults/faulty.c)
target_link_libraries(faults_faulty PRIVATE alfa_flags ${CMAKE_DL_LIBS})
add_test(NAME faults/program COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/faults/program.sh $<TARGET_FILE:alfa_cli>
  $<TARGET_FILE:faults_faulty> 1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(faults/program PROPERTIES LABELS full TIMEOUT 600)
