# Prefers the clang that the project is developed with; a newer distribution's own clang or GCC works too.
# An explicit -DCMAKE_CXX_COMPILER or CXX wins.
if(NOT DEFINED CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  find_program(XBM_CLANGXX NAMES clang++-19 clang++-20 clang++-21 clang++-18 clang++)
  find_program(XBM_CLANG NAMES clang-19 clang-20 clang-21 clang-18 clang)
  if(XBM_CLANGXX AND XBM_CLANG)
    set(CMAKE_CXX_COMPILER ${XBM_CLANGXX})
    set(CMAKE_C_COMPILER ${XBM_CLANG})
  endif()
endif()
