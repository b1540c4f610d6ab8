# The scrubber's tagger: its weights are learnt out of the marked essays by a trainer that is built
# first. ENIGMA_TAGGER_WITHOUT names sets that it does not see, to be measured on them
# (tools/scrub/leave_out.sh); "all": the rules alone.
set(ENIGMA_TAGGER_WITHOUT "" CACHE STRING "Marked sets that the tagger is not trained with, or all")
set(TAGGER_DIR ${CMAKE_BINARY_DIR}/gen/tagger)
set(TAGGER_GOLD ${CMAKE_SOURCE_DIR}/tools/scrub/make_gold.py)
set(tagger_sets)
# set: half, folder, rounds
foreach(set "dev dev . 1" "check check . 1" "wide dev wide 5" "fresh dev fresh 4" "blind dev blind 3"
    "late check blind 3" "last dev last 6" "other dev other 3" "ninth dev ninth 3"
    "tenth dev tenth 2" "eleventh dev eleventh 1.5"
    "twelfth dev twelfth 1.5" "thirteenth dev thirteenth 1.5"
    "fourteenth dev fourteenth 1.5" "fifteenth dev fifteenth 1.5"
    "sixteenth dev sixteenth 1.5")
  separate_arguments(set)
  list(GET set 0 name)
  list(GET set 1 half)
  list(GET set 2 folder)
  list(GET set 3 rounds)
  if(name IN_LIST ENIGMA_TAGGER_WITHOUT OR "all" IN_LIST ENIGMA_TAGGER_WITHOUT)
    continue()
  endif()
  set(data ${CMAKE_SOURCE_DIR}/tests/data/scrub/${folder})
  add_custom_command(OUTPUT ${TAGGER_DIR}/${name}.jsonl
    COMMAND ${CMAKE_COMMAND} -E make_directory ${TAGGER_DIR}
    COMMAND python3 ${TAGGER_GOLD} ${half} ${data} ${rounds} > ${TAGGER_DIR}/${name}.jsonl
    DEPENDS ${TAGGER_GOLD} ${data}/bodies_${half}.txt ${data}/tails_${half}.txt ${data}/origins.txt
    VERBATIM)
  list(APPEND tagger_sets ${TAGGER_DIR}/${name}.jsonl)
endforeach()
file(GLOB tagger_train_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/scrub/train/*.c)
add_executable(tagger_train ${tagger_train_sources})
# The room without its weights, which this program makes.
target_link_libraries(tagger_train PRIVATE $<TARGET_FILE:enigma_scrub> enigma_lexicon enigma_crypto
  enigma_schema PkgConfig::PCRE2)
add_dependencies(tagger_train enigma_scrub)
set(TAGGER_LIST ${TAGGER_DIR}/sets.txt)
list(JOIN tagger_sets "\n" tagger_text)
file(CONFIGURE OUTPUT ${TAGGER_LIST} @ONLY CONTENT "@tagger_text@\n")
add_custom_command(OUTPUT ${TAGGER_DIR}/weights.bin
  COMMAND tagger_train ${TAGGER_DIR}/weights.bin ${tagger_sets}
  DEPENDS tagger_train ${tagger_sets} ${TAGGER_LIST} VERBATIM)
set(TAGGER_S ${TAGGER_DIR}/weights.S)
file(CONFIGURE OUTPUT ${TAGGER_S} @ONLY CONTENT [[
    .section .rodata
    .balign 64
    .global tagger_weights
    .hidden tagger_weights
tagger_weights:
    .incbin "@TAGGER_DIR@/weights.bin"
    .section .note.GNU-stack,"",@progbits
]])
set_source_files_properties(${TAGGER_S} PROPERTIES OBJECT_DEPENDS ${TAGGER_DIR}/weights.bin)
add_library(enigma_tagger STATIC ${TAGGER_S})
target_link_libraries(enigma_tagger PUBLIC enigma_flags)
# To whoever links the room, not to the room itself: the trainer needs it first.
target_link_libraries(enigma_scrub INTERFACE enigma_tagger)
