# The built-in bias detector's weights: a trainer is built first, reads our own training texts, and
# its output is embedded. Nothing of it is committed.
set(DETECT_DATA ${CMAKE_SOURCE_DIR}/src/detect/data)
set(DETECT_TEXTS ${DETECT_DATA}/lexicon.txt ${DETECT_DATA}/utterances.txt
  ${CMAKE_SOURCE_DIR}/tests/data/bias/dev.jsonl)
set(DETECT_MODEL ${CMAKE_BINARY_DIR}/gen/detect_model.bin)
set(DETECT_MODEL_S ${CMAKE_BINARY_DIR}/gen/detect_model.S)
file(GLOB detect_train_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/detect/train/*.c)
add_executable(detect_train ${detect_train_sources} ${CMAKE_SOURCE_DIR}/src/detect/bias_features.c
  ${CMAKE_SOURCE_DIR}/src/detect/bias_detect.c)
target_link_libraries(detect_train PRIVATE enigma_codec m)
add_custom_command(OUTPUT ${DETECT_MODEL}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/gen
  COMMAND detect_train ${DETECT_MODEL} ${DETECT_TEXTS}
  DEPENDS detect_train ${DETECT_TEXTS} VERBATIM)
file(CONFIGURE OUTPUT ${DETECT_MODEL_S} @ONLY CONTENT [[
    .section .rodata
    .balign 64
    .global detect_model_bytes
    .hidden detect_model_bytes
detect_model_bytes:
    .incbin "@DETECT_MODEL@"
    .section .note.GNU-stack,"",@progbits
]])
set_source_files_properties(${DETECT_MODEL_S} PROPERTIES OBJECT_DEPENDS ${DETECT_MODEL})
add_library(enigma_detect_model STATIC ${DETECT_MODEL_S})
target_link_libraries(enigma_detect_model PUBLIC enigma_flags)
