#!/usr/bin/env bash
# Measures the scrubber on marked sets that its tagger has not seen: for each SET the program is built
# with a tagger trained on the others, and scored beside the rules alone.
# leave_out.sh BUILD_DIR [SET ...]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:?usage: leave_out.sh BUILD_DIR [SET ...]}
shift
[ $# -gt 0 ] || set -- dev check wide fresh blind late last other ninth tenth eleventh twelfth thirteenth fourteenth \
    fifteenth sixteenth
score() {
    cmake -S . -B "$build" -DENIGMA_TAGGER_WITHOUT="$1" >/dev/null
    cmake --build "$build" --target enigma >/dev/null
    python3 tools/scrub/report.py "$build/enigma" "$2" |
        awk -v name="$2, $3" '/^  (direct|third party|locating|proxy|words lost|evidence lost) +[0-9]/ { line = line "  " $0 }
            END { gsub(/ +/, " ", line); print name ":" line }'
}
trap 'cmake -S . -B "$build" -DENIGMA_TAGGER_WITHOUT= >/dev/null' EXIT
for set in "$@"; do
    score all "$set" 'rules alone'
    score "$set" "$set" 'and a tagger trained on the others'
done
