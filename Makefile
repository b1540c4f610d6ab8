# Thin: everything real is in CMake and tools/.
.PHONY: screenshots build run test lint bench fmt fuzz install docs scrub-report bias-report clean
build: ; @tools/build.sh
run: build ; @build/enigma demo --data-dir $${DATA_DIR:-data/demo}
test: ; @tools/test.sh
lint: ; @tools/install-deps.sh test && tools/lint.sh
bench: build ; @tools/bench.sh
scrub-report: build ; @python3 tools/scrub/report.py build/enigma
fmt: ; @find src tests -name '*.[ch]' -print0 | xargs -0 clang-format-14 -i
fuzz: ; @tools/install-deps.sh test && tools/fuzz.sh $${SECONDS_EACH:-120}
bias-report: build ; @tools/bias-report.sh
docs: build ; @tools/docs.sh
screenshots: build ; @tools/screenshots.sh $${SCREENSHOT_DIR:-build/screenshots}
install: build ; @cmake --install build --prefix $${PREFIX:-/usr/local}
clean: ; @rm -rf build build-*
