# Turns files into sources. The functions run again whenever a file is added, removed or changed.

# xbm_write_if_changed(FILE TEXT): an unchanged source is not compiled again.
function(xbm_write_if_changed file text)
  if(EXISTS ${file})
    file(READ ${file} before)
    if(before STREQUAL text)
      return()
    endif()
  endif()
  file(WRITE ${file} "${text}")
endfunction()

# xbm_embed_migrations(TARGET): migrations/NNN_name.sql as app::embedded_migrations().
function(xbm_embed_migrations target)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
  list(SORT files)
  set(rows "")
  foreach(file IN LISTS files)
    get_filename_component(stem ${file} NAME_WE)
    if(NOT stem MATCHES "^([0-9][0-9][0-9])_([a-z0-9_]+)$")
      message(FATAL_ERROR "${file} is not named NNN_name.sql")
    endif()
    math(EXPR number "1${CMAKE_MATCH_1} - 1000")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} sql)
    string(APPEND rows "    {${number}, \"${stem}\", R\"migration(${sql})migration\"},\n")
  endforeach()
  if(rows STREQUAL "")
    message(FATAL_ERROR "there are no migrations")
  endif()
  set(out ${CMAKE_BINARY_DIR}/embedded/migrations.cpp)
  xbm_write_if_changed(${out} "#include \"embedded.hpp\"

namespace app {
namespace {
constexpr postgres::Migration kMigrations[] = {
${rows}};
}  // namespace

std::span<const postgres::Migration> embedded_migrations() {
    return kMigrations;
}
}  // namespace app
")
  target_sources(${target} PRIVATE ${out})
endfunction()

# The Content-Type of a file of the page.
function(xbm_content_type file result)
  get_filename_component(extension ${file} LAST_EXT)
  set(type_html "text/html; charset=utf-8")
  set(type_js "text/javascript; charset=utf-8")
  set(type_css "text/css; charset=utf-8")
  set(type_json "application/json; charset=utf-8")
  set(type_txt "text/plain; charset=utf-8")
  set(type_webmanifest application/manifest+json)
  set(type_svg image/svg+xml)
  set(type_png image/png)
  set(type_jpg image/jpeg)
  set(type_webp image/webp)
  set(type_gif image/gif)
  set(type_ico image/x-icon)
  set(type_woff2 font/woff2)
  string(REGEX REPLACE "^\\." "" extension "${extension}")
  if(DEFINED type_${extension})
    set(${result} "${type_${extension}}" PARENT_SCOPE)
  else()
    set(${result} application/octet-stream PARENT_SCOPE)
  endif()
endfunction()

# xbm_embed_page(TARGET): web/dist as app::embedded_page(). The bytes are taken in by the assembler (.incbin), which
# costs no compile time; text is compressed once more beforehand when Node is there, else by the server on first use.
function(xbm_embed_page target)
  set(root ${CMAKE_SOURCE_DIR}/web/dist)
  set(made ${CMAKE_BINARY_DIR}/embedded)
  set(rows "")
  set(symbols "")
  set(assembly "    .section .rodata\n")
  set(depends "")
  find_program(XBM_NODE NAMES node nodejs)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*)
  list(FILTER files EXCLUDE REGEX "(^|/)\\.")
  list(SORT files)
  set(index 0)
  if(NOT "index.html" IN_LIST files)
    set(files "")  # the page was not built
  endif()
  foreach(file IN LISTS files)
    xbm_content_type(${file} type)
    set(parts ${root}/${file})
    if(XBM_NODE AND type MATCHES "^(text/|image/svg|application/(json|manifest))")
      set(packed ${made}/page/${index})
      add_custom_command(OUTPUT ${packed}.br ${packed}.gz DEPENDS ${root}/${file} ${CMAKE_SOURCE_DIR}/cmake/compress.mjs
                         COMMAND ${XBM_NODE} ${CMAKE_SOURCE_DIR}/cmake/compress.mjs ${root}/${file} ${packed} VERBATIM)
      list(APPEND parts ${packed}.br ${packed}.gz)
    endif()
    set(views "")
    set(part 0)
    foreach(path IN LISTS parts)
      set(name xbm_page_${index}_${part})
      string(APPEND assembly "    .global ${name}\n${name}:\n    .incbin \"${path}\"\n    .global ${name}_end\n"
                             "${name}_end:\n")
      string(APPEND symbols "extern const char ${name}[];\nextern const char ${name}_end[];\n")
      string(APPEND views ", view(${name}, ${name}_end)")
      math(EXPR part "${part} + 1")
    endforeach()
    list(APPEND depends ${parts})
    string(APPEND rows "        {\"/${file}\", \"${type}\"${views}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND assembly "    .section .note.GNU-stack,\"\",%progbits\n")
  if(rows STREQUAL "")
    set(body "    return {};\n")
  else()
    set(body "    static const http::Asset kAssets[] = {\n${rows}    };\n    return kAssets;\n")
    set(helper "namespace {
std::string_view view(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}
}  // namespace
")
  endif()
  xbm_write_if_changed(${made}/page.cpp "#include \"embedded.hpp\"

extern \"C\" {
${symbols}}

namespace app {
${helper}
std::span<const http::Asset> embedded_page() {
${body}}
}  // namespace app
")
  xbm_write_if_changed(${made}/page.S "${assembly}")
  set_source_files_properties(${made}/page.S PROPERTIES OBJECT_DEPENDS "${depends}"
                              COMPILE_OPTIONS "-Wno-unused-command-line-argument")
  # A missing row member means: no compressed form.
  set_source_files_properties(${made}/page.cpp PROPERTIES COMPILE_OPTIONS "-Wno-missing-field-initializers")
  target_sources(${target} PRIVATE ${made}/page.cpp ${made}/page.S)
endfunction()

# xbm_embed_openapi(TARGET): docs/openapi.yaml, as JSON, as app::embedded_openapi(). Needs Node, no packages.
function(xbm_embed_openapi target)
  set(yaml ${CMAKE_SOURCE_DIR}/docs/openapi.yaml)
  set(tools ${CMAKE_SOURCE_DIR}/cmake)
  set(made ${CMAKE_BINARY_DIR}/embedded)
  set(json ${made}/openapi.json)
  find_program(XBM_NODE NAMES node nodejs REQUIRED)
  add_custom_command(OUTPUT ${json} ${json}.br ${json}.gz
                     DEPENDS ${yaml} ${tools}/openapi.mjs ${tools}/yaml.mjs ${tools}/compress.mjs
                     COMMAND ${XBM_NODE} ${tools}/openapi.mjs ${yaml} ${json}
                     COMMAND ${XBM_NODE} ${tools}/compress.mjs ${json} ${json} VERBATIM)
  set(assembly "    .section .rodata\n")
  foreach(name json br gz)
    set(file ${json})
    if(NOT name STREQUAL "json")
      string(APPEND file ".${name}")
    endif()
    set(symbol xbm_openapi_${name})
    string(APPEND assembly "    .global ${symbol}\n${symbol}:\n    .incbin \"${file}\"\n    .global ${symbol}_end\n"
                           "${symbol}_end:\n")
  endforeach()
  string(APPEND assembly "    .section .note.GNU-stack,\"\",%progbits\n")
  xbm_write_if_changed(${made}/openapi.S "${assembly}")
  xbm_write_if_changed(${made}/openapi.cpp "#include \"embedded.hpp\"

extern \"C\" {
extern const char xbm_openapi_json[];
extern const char xbm_openapi_json_end[];
extern const char xbm_openapi_br[];
extern const char xbm_openapi_br_end[];
extern const char xbm_openapi_gz[];
extern const char xbm_openapi_gz_end[];
}

namespace app {
namespace {
std::string_view view(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}
}  // namespace

http::Asset embedded_openapi() {
    return {.path = \"/api/openapi.json\",
            .content_type = \"application/json; charset=utf-8\",
            .bytes = view(xbm_openapi_json, xbm_openapi_json_end),
            .br = view(xbm_openapi_br, xbm_openapi_br_end),
            .gz = view(xbm_openapi_gz, xbm_openapi_gz_end)};
}
}  // namespace app
")
  set_source_files_properties(${made}/openapi.S PROPERTIES OBJECT_DEPENDS "${json};${json}.br;${json}.gz"
                              COMPILE_OPTIONS "-Wno-unused-command-line-argument")
  target_sources(${target} PRIVATE ${made}/openapi.cpp ${made}/openapi.S)
endfunction()
