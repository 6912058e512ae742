# The executable `xbookmarker` with migrations/*.sql, docs/openapi.yaml and the page (web/dist, when it was built)
# inside, and the unit tests of src/*_test.cpp.
enable_language(ASM)
include(${CMAKE_SOURCE_DIR}/cmake/embed.cmake)

file(GLOB XBM_ROOT_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.cpp)
set(XBM_ROOT_TESTS ${XBM_ROOT_SOURCES})
list(FILTER XBM_ROOT_TESTS INCLUDE REGEX "_test\\.cpp$")
list(FILTER XBM_ROOT_SOURCES EXCLUDE REGEX "(_test|/main)\\.cpp$")

# A library, so that the tests can link everything but main.
add_library(xbm_app STATIC ${XBM_ROOT_SOURCES})
target_include_directories(xbm_app PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(xbm_app PRIVATE XBM_VERSION="${PROJECT_VERSION}")
target_link_libraries(xbm_app PUBLIC Boost::url)
foreach(folder base text guard observe postgres redis http accounts idempotency categories bookmarks resident search suggest stats changes transfer x syncing jobs storage files backup performance analyzer)
  if(TARGET xbm_${folder})
    target_link_libraries(xbm_app PUBLIC xbm_${folder})
  endif()
endforeach()
xbm_embed_migrations(xbm_app)
xbm_embed_page(xbm_app)
xbm_embed_openapi(xbm_app)

add_executable(xbookmarker ${CMAKE_SOURCE_DIR}/src/main.cpp)
target_link_libraries(xbookmarker PRIVATE xbm_app CLI11::CLI11)
if(NOT XBM_SANITIZE)
  # Sanitizers bring an allocator of their own. decisions/010
  target_link_libraries(xbookmarker PRIVATE PkgConfig::jemalloc)
endif()

if(XBM_TESTS AND XBM_ROOT_TESTS)
  add_executable(app_test ${XBM_ROOT_TESTS})
  target_link_libraries(app_test PRIVATE xbm_app GTest::gtest GTest::gtest_main)
  add_test(NAME app_test COMMAND app_test)
endif()
