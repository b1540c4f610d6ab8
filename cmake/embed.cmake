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

file(GLOB web_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/pages/*)
set(ASSETS_S ${CMAKE_BINARY_DIR}/gen/assets.S)
set(ASSETS_C ${CMAKE_BINARY_DIR}/gen/assets.c)
add_custom_command(OUTPUT ${ASSETS_S} ${ASSETS_C}
  COMMAND bash ${CMAKE_SOURCE_DIR}/tools/embed-web.sh ${CMAKE_SOURCE_DIR}/web
    ${CMAKE_BINARY_DIR}/gen
  DEPENDS ${web_files} ${CMAKE_SOURCE_DIR}/tools/embed-web.sh VERBATIM)
add_library(enigma_web STATIC EXCLUDE_FROM_ALL ${ASSETS_S} ${ASSETS_C})
target_link_libraries(enigma_web PUBLIC enigma_flags)
target_include_directories(enigma_web PRIVATE ${CMAKE_SOURCE_DIR}/src)
