# The front door. Every target works on a fresh Debian 12 machine that has git and make, as root or
# with sudo: what is missing is installed first. A step that needs no repeat leaves a stamp in build/.
#
#   make run      install, build, start the service in the foreground     DATA_DIR=./data
#   make test     everything that proves it works                         MEMCACHED=/path STEPS="..."
#   make build    the executable, build/release/cachery
#   make test-examples   every application of examples/ against a real service   ONLY=django
#   make bench    measure against memcached                               MEMCACHED=/path SECONDS=300
#   make bench-hit-ratio TRACES=dir   which items it keeps, against exact LRU    MEMCACHED_BESIDE=/path
#   make bench-churn                  what memory it takes while sizes shift    LIMIT=110m
#   make bench-storms                 polite clients beside storms    STORMS_FLAGS="--only flooding"
#   make soak                         200 caches under all at once    SECONDS=1200 SOAK_FLAGS="--seed N"
#   make storybook                    every page of the dashboard with canned data, without a service
#   make screenshots                  pictures of them, into docs/images
#   make fuzz     run every fuzzer                                        SECONDS=60 (for each)
#   make fuzz-api property-based tests of the HTTP API                    SECONDS=600 FUZZ_API_FLAGS="--seed N"
#   make tidy     check the house rules           make format    clang-format on what changed
#   make clean    remove build/

MEMCACHED ?= /usr/bin/memcached
DATA_DIR ?= ./data
STEPS ?=
RELEASE := build/release

.PHONY: run test test-examples build bench bench-hit-ratio bench-churn bench-storms soak storybook screenshots fuzz fuzz-api tidy format clean
.DEFAULT_GOAL := build

run: build
	@tools/run $(RELEASE)/cachery "$(DATA_DIR)"

test: build/setup_compile.stamp
	@MEMCACHED="$(MEMCACHED)" tools/run_tests $(STEPS)

test-examples: build/setup_test.stamp build
	@tools/test_examples --json build/examples.json $(if $(ONLY),--only $(ONLY))

build: build/setup_build.stamp
	@test -f $(RELEASE)/build.ninja || cmake --preset release -DCACHERY_TESTS=OFF
	@cmake --build --preset release --target cachery

bench: build/setup_test.stamp build
	@cmake --build --preset release --target cache_line_latency
	@bench/compare --memcached "$(MEMCACHED)" --cachery $(RELEASE)/cachery \
	  $(if $(SECONDS),--seconds $(SECONDS)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-hit-ratio: build/setup_test.stamp build
	@test -n "$(TRACES)" || { echo "say where the traces are: make bench-hit-ratio TRACES=dir" >&2; exit 2; }
	@cmake --build --preset release --target replay_trace
	@bench/hit_ratio --traces "$(TRACES)" $(if $(MEMCACHED_BESIDE),--memcached "$(MEMCACHED_BESIDE)") \
	  $(if $(POLICIES),--policies $(POLICIES)) $(HIT_RATIO_FLAGS)

bench-churn: build/setup_test.stamp build
	@bench/churn $(LIMIT)

bench-storms: build/setup_test.stamp build
	@cmake --build --preset release --target polite_probe login_storm
	@bench/storms/run --cachery $(RELEASE)/cachery --programs $(RELEASE)/bench/storms $(STORMS_FLAGS)

soak: build/setup_test.stamp build
	@tests/soak/soak --cachery $(RELEASE)/cachery --seconds $(if $(SECONDS),$(SECONDS),1200) \
	  $(SOAK_FLAGS)

storybook: build/setup_build.stamp
	@web/install && cd web && npm run --silent storybook

screenshots: build/setup_test.stamp
	@web/install && cd web && npm run --silent screenshots

fuzz: build/setup_test.stamp
	@cmake --preset fuzz
	@cmake --build --preset fuzz
	@tools/fuzz build/fuzz $(if $(SECONDS),$(SECONDS),60)

fuzz-api: build/setup_test.stamp build
	@tests/system/api_fuzz.py --seconds $(if $(SECONDS),$(SECONDS),600) $(FUZZ_API_FLAGS)

tidy:
	@tools/tidy

format: build/setup_test.stamp
	@tools/format

clean:
	rm -rf build

build/setup_%.stamp: tools/setup $(wildcard tools/setup_clients)
	@tools/setup $*
	@mkdir -p build && touch $@
