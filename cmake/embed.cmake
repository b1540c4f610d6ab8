# Embeds migrations and web assets: a generated table and an assembler file with .incbin.
file(GLOB migration_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
set(MIGRATIONS_S ${CMAKE_BINARY_DIR}/gen/migrations.S)
set(MIGRATIONS_C ${CMAKE_BINARY_DIR}/gen/migrations.c)
add_custom_command(OUTPUT ${MIGRATIONS_S} ${MIGRATIONS_C}
  COMMAND bash ${CMAKE_SOURCE_DIR}/tools/embed-migrations.sh ${CMAKE_SOURCE_DIR}/migrations
    ${CMAKE_BINARY_DIR}/gen
  DEPENDS ${migration_files} ${CMAKE_SOURCE_DIR}/tools/embed-migrations.sh VERBATIM)
add_library(enigma_migrations STATIC ${MIGRATIONS_S} ${MIGRATIONS_C})
target_link_libraries(enigma_migrations PUBLIC enigma_flags)
target_include_directories(enigma_migrations PRIVATE ${CMAKE_SOURCE_DIR}/src)

file(GLOB_RECURSE web_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/pages/*
  ${CMAKE_SOURCE_DIR}/web/i18n/* ${CMAKE_SOURCE_DIR}/web/build/* ${CMAKE_SOURCE_DIR}/web/vendor/*)
list(REMOVE_ITEM web_files ${CMAKE_SOURCE_DIR}/web/src/api/types.ts)
set(ASSETS_S ${CMAKE_BINARY_DIR}/gen/assets.S)
set(ASSETS_C ${CMAKE_BINARY_DIR}/gen/assets.c)
add_custom_command(OUTPUT ${ASSETS_S} ${ASSETS_C}
  COMMAND bash ${CMAKE_SOURCE_DIR}/tools/build-web.sh ${CMAKE_BINARY_DIR}/gen
  DEPENDS ${web_files} ${CMAKE_SOURCE_DIR}/tools/build-web.sh ${CMAKE_SOURCE_DIR}/web/package-lock.json
    ${CMAKE_SOURCE_DIR}/web/tsconfig.json ${CMAKE_SOURCE_DIR}/docs/generated/openapi.json VERBATIM)
# Not before the binary: it prints the document that the types are made from.
set(WEB_TYPES ${CMAKE_BINARY_DIR}/gen/web-types.checked)
add_custom_command(OUTPUT ${WEB_TYPES}
  COMMAND bash ${CMAKE_SOURCE_DIR}/tools/build-web.sh ${CMAKE_BINARY_DIR}/gen --types
  COMMAND ${CMAKE_COMMAND} -E touch ${WEB_TYPES} DEPENDS ${ASSETS_C} VERBATIM)
add_custom_target(web_types ALL DEPENDS ${WEB_TYPES})
add_library(enigma_web STATIC EXCLUDE_FROM_ALL ${ASSETS_S} ${ASSETS_C})
target_link_libraries(enigma_web PUBLIC enigma_flags)
target_include_directories(enigma_web PRIVATE ${CMAKE_SOURCE_DIR}/src)

# The scrubber's word table: lists from packages, then all lists compiled by a program of ours.
file(GLOB lexicon_lists CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/scrub/lists/*.txt)
set(LEXICON_DIR ${CMAKE_BINARY_DIR}/gen/lexicon)
set(LEXICON_TOOLS ${CMAKE_SOURCE_DIR}/tools/lexicon)
add_custom_command(OUTPUT ${LEXICON_DIR}/ordinary.txt
  COMMAND bash ${LEXICON_TOOLS}/make.sh ${LEXICON_DIR}
  DEPENDS ${LEXICON_TOOLS}/make.sh ${LEXICON_TOOLS}/extract.mjs ${LEXICON_TOOLS}/package-lock.json
  VERBATIM)
# Of the room only what folds and lays out: the rest needs the table that this program makes.
add_executable(lexicon_compile ${LEXICON_TOOLS}/compile.c ${CMAKE_SOURCE_DIR}/src/scrub/lexicon.c
  ${CMAKE_SOURCE_DIR}/src/scrub/fold.c ${CMAKE_SOURCE_DIR}/src/scrub/fold_table.c)
target_link_libraries(lexicon_compile PRIVATE enigma_crypto enigma_schema)
add_custom_command(OUTPUT ${LEXICON_DIR}/lexicon.S ${LEXICON_DIR}/lexicon.c
  COMMAND lexicon_compile ${LEXICON_DIR} ${CMAKE_SOURCE_DIR}/src/scrub/lists ${LEXICON_DIR}
  DEPENDS lexicon_compile ${lexicon_lists} ${LEXICON_DIR}/ordinary.txt VERBATIM)
add_library(enigma_lexicon STATIC ${LEXICON_DIR}/lexicon.S ${LEXICON_DIR}/lexicon.c)
target_link_libraries(enigma_lexicon PUBLIC enigma_flags)
