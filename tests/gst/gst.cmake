# The GStreamer element, where it is built. Only the plugins that the tests need are looked at, so that a scan is quick and
# nobody else's plugin is loaded; GStreamer's tracer tells of lost objects and buffers, which ends the test.
if(NOT TARGET gstalfa)
  add_test(NAME gst/element COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: GStreamer's headers are not installed")
  set_tests_properties(gst/element PROPERTIES SKIP_REGULAR_EXPRESSION SKIPPED LABELS quick)
  return()
endif()
pkg_get_variable(GST_PLUGINS gstreamer-1.0 pluginsdir)
set(plugins ${CMAKE_CURRENT_BINARY_DIR}/gst-plugins)
file(MAKE_DIRECTORY ${plugins})
foreach(plugin coreelements coretracers app videotestsrc videoconvertscale videoconvert jpeg png multifile aravis.0.8)
  if(EXISTS ${GST_PLUGINS}/libgst${plugin}.so)
    file(CREATE_LINK ${GST_PLUGINS}/libgst${plugin}.so ${plugins}/libgst${plugin}.so SYMBOLIC)
  endif()
endforeach()
# Without a helper process for the scan: one that is built without sanitizers cannot load what is built with them.
set(environment "GST_PLUGIN_SYSTEM_PATH_1_0=;GST_PLUGIN_PATH_1_0=$<TARGET_FILE_DIR:gstalfa>:${plugins}"
  GST_REGISTRY_FORK=no OMP_WAIT_POLICY=passive XDG_CACHE_HOME=${plugins}/cache)

pkg_check_modules(GST_CHECK IMPORTED_TARGET gstreamer-check-1.0)
if(GST_CHECK_FOUND)
  foreach(test element yuv)
    add_executable(test_gst_${test} gst/test_${test}.c)
    target_include_directories(test_gst_${test} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(test_gst_${test} PRIVATE alfa_shared alfa_static alfa_flags PkgConfig::GST PkgConfig::GST_CHECK PkgConfig::CMOCKA m)
    add_dependencies(test_gst_${test} gstalfa)
    add_test(NAME gst/${test} COMMAND test_gst_${test} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(gst/${test} PROPERTIES LABELS quick TIMEOUT 300 SKIP_RETURN_CODE 77
      ENVIRONMENT "${environment};GST_REGISTRY_1_0=${plugins}/${test}.bin;GST_TRACERS=leaks;G_DEBUG=fatal-warnings")
  endforeach()
endif()

add_test(NAME gst/mqtt COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/gst/mqtt.sh $<TARGET_FILE:gstalfa> WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(gst/mqtt PROPERTIES LABELS quick TIMEOUT 900 SKIP_RETURN_CODE 77
  ENVIRONMENT "${environment};GST_REGISTRY_1_0=${plugins}/mqtt.bin")

pkg_check_modules(ARAVIS IMPORTED_TARGET aravis-0.8)
if(ARAVIS_FOUND)
  add_executable(test_gst_camera gst/camera.c)
  target_include_directories(test_gst_camera PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(test_gst_camera PRIVATE alfa_shared alfa_flags PkgConfig::GST PkgConfig::ARAVIS m)
  add_dependencies(test_gst_camera gstalfa)
  add_executable(example_line ${PROJECT_SOURCE_DIR}/examples/line.c)
  target_link_libraries(example_line PRIVATE alfa_flags PkgConfig::GST)
  add_test(NAME gst/camera COMMAND test_gst_camera $<TARGET_FILE:example_line> WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(gst/camera PROPERTIES LABELS quick TIMEOUT 300 SKIP_RETURN_CODE 77
    ENVIRONMENT "${environment};GST_REGISTRY_1_0=${plugins}/camera.bin")
else()
  add_test(NAME gst/camera COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: libaravis-dev and libusb-1.0-0-dev are not installed")
  set_tests_properties(gst/camera PROPERTIES SKIP_REGULAR_EXPRESSION SKIPPED LABELS quick)
endif()
