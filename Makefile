# Coatcheck: builds the three programs, runs the checks, installs.
#
#   make                        release build; programs are linked to ./ too
#   make SAN=address,undefined  the same with sanitizers
#   make CC=clang               objects of each variant live in their own
#                               build/<variant>/, so they never mix
#   make WERROR=1               warnings are errors; for development, and a
#                               variant of its own
#   make help                   all targets
#
# One file, no recursion. Header dependencies are tracked by the compiler, and
# a change of compiler or flags rebuilds what it concerns.

VERSION   := $(shell cat VERSION)
CC        := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS    ?= -O2 -g
CLANG     ?= $(firstword $(shell command -v clang-14 clang 2>/dev/null) clang)
FORMAT    ?= $(firstword $(shell command -v clang-format-14 2>/dev/null) \
               clang-format)
PYTHON    ?= /usr/bin/python3
PKGCONFIG ?= pkg-config
SAN       ?=
WERROR    ?=
FUZZ_SECONDS ?= 20

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec/coatcheck
DATADIR    ?= $(PREFIX)/share/coatcheck
DOCDIR     ?= $(PREFIX)/share/doc/coatcheck
SYSCONFDIR ?= /etc
DESTDIR    ?=

# --- Variant ---------------------------------------------------------------
comma   := ,
VARIANT := $(if $(SAN),san-$(subst $(comma),+,$(SAN)),release)
VARIANT := $(VARIANT)$(if $(filter gcc cc,$(CC)),,-$(notdir $(CC)))
VARIANT := $(VARIANT)$(if $(WERROR),-werror)
O       := build/$(VARIANT)
F       := build/fuzz
PROGRAMS := coatcheck.fcgi coatcheck-worker coatcheck

# --- Flags -----------------------------------------------------------------
IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
  -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations \
  -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wcast-qual \
  -Wcast-align=strict -Wformat=2 -Wformat-signedness -Wvla -Wundef \
  -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference \
  -Wdouble-promotion -Wdate-time -Wredundant-decls
WARN_GCC := -Wlogical-op -Wduplicated-cond -Wduplicated-branches
WARN_CLANG := -Wmissing-variable-declarations -Wcomma -Wunreachable-code \
  -Wassign-enum -Wno-unknown-warning-option
HARDEN := -fstack-protector-strong -fno-strict-overflow -fPIE \
  $(if $(IS_CLANG),,-ftrivial-auto-var-init=zero)
# Both exist on Intel only. Sanitizers bring checks of their own.
HARDEN += $(if $(filter x86_64 i686,$(shell uname -m)),-fcf-protection=full \
  -fstack-clash-protection)
FORTIFY := -U_FORTIFY_SOURCE $(if $(SAN),,-D_FORTIFY_SOURCE=3)
# Fortification needs optimisation; a CFLAGS without it switches it off.
FORTIFY := $(if $(filter -O0,$(CFLAGS)),-U_FORTIFY_SOURCE,$(FORTIFY))

STD  := -std=c17 -D_GNU_SOURCE -I. -DCOATCHECK_VERSION=\"$(VERSION)\"
LIBS_common := libpq json-c inih
LIBS_fcgi   := fcgi libjwt
LIBS_worker := libuv libcurl
LIBS_cli    := libxml-2.0 libcmark libjwt
LIBS_tests  := libcrypto
PKGS := $(LIBS_common) $(LIBS_fcgi) $(LIBS_worker) $(LIBS_cli)
# As -isystem, so that the warnings above are about our own code only.
INCLUDES := $(patsubst -I%,-isystem %,$(shell \
  $(PKGCONFIG) --cflags-only-I $(PKGS) 2>/dev/null))
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
  -fno-omit-frame-pointer)
COMPILE := $(CC) $(STD) $(INCLUDES) $(WARN) \
  $(if $(IS_CLANG),$(WARN_CLANG),$(WARN_GCC)) $(if $(WERROR),-Werror) \
  $(HARDEN) $(FORTIFY) -pthread -MMD -MP $(SANFLAGS) $(CPPFLAGS) $(CFLAGS)
LINK    := $(CC) $(SANFLAGS) $(CFLAGS) -pthread -pie -Wl,-z,relro,-z,now \
  -Wl,-z,noexecstack,--as-needed $(LDFLAGS)
FUZZ    := $(CLANG) $(STD) $(INCLUDES) -w -O1 -g -pthread -MMD -MP \
  -fsanitize=address,undefined -fno-sanitize-recover=all \
  -fno-omit-frame-pointer
libs = $(shell $(PKGCONFIG) --libs $(1)) -lm
say  = $(if $(V),,@printf '  %-4s %s\n' $(1) $@; )

# --- Sources ---------------------------------------------------------------
SRC_common := $(sort $(wildcard common/*.c))
SRC_fcgi   := $(sort $(filter-out fcgi/main.c,$(wildcard fcgi/*.c)))
SRC_worker := $(sort $(filter-out worker/main.c,$(wildcard worker/*.c \
  worker/*/*.c)))
SRC_cli    := $(sort $(filter-out cli/main.c,$(wildcard cli/*.c)))
SQL        := $(sort $(shell find sql -name '*.sql'))
PROMPTS    := $(sort $(wildcard prompts/*.txt prompts/*.ini))
OWN_C      := $(sort $(wildcard common/*.[ch] fcgi/*.[ch] worker/*.[ch] \
  worker/*/*.[ch] cli/*.[ch] tests/unit/*.[ch] tests/unit/*/*.[ch] \
  tests/fuzz/*.[ch] tests/lib/*.[ch]))
areas      := common fcgi worker cli
archives    = $(foreach a,$(2),$(1)/lib$(a).a)
TESTS      := $(sort $(wildcard tests/unit/*/test_*.c))
TEST_BINS  := $(TESTS:%.c=$(O)/%)
FUZZ_BINS  := $(patsubst %.c,$(F)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# --- Programs --------------------------------------------------------------
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
FORCE:

all: $(PROGRAMS:%=$(O)/%) $(if $(filter build/release,$(O)),$(PROGRAMS))
	@echo "built $(O)"

$(O)/coatcheck.fcgi: $(O)/fcgi/main.o $(call archives,$(O),fcgi common)
	$(call say,LD)$(LINK) -o $@ $^ $(call libs,$(LIBS_fcgi) $(LIBS_common))
$(O)/coatcheck-worker: $(O)/worker/main.o $(call archives,$(O),worker common)
	$(call say,LD)$(LINK) -o $@ $^ $(call libs,$(LIBS_worker) $(LIBS_common))
$(O)/coatcheck: $(O)/cli/main.o $(call archives,$(O),cli common)
	$(call say,LD)$(LINK) -o $@ $^ $(call libs,$(LIBS_cli) $(LIBS_common))
# The programs look for coatcheck.conf beside themselves. A new inode each
# time, since a program that runs cannot be overwritten.
$(PROGRAMS): %: build/release/%
	@ln -f $< $@ 2>/dev/null || { rm -f $@ && cp $< $@; }

# --- Objects: $(1) directory of the variant, $(2) how it compiles -----------
# flags holds the command, so that another one compiles everything anew.
define newline


endef
define variant
$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$(2)' | cmp -s - $$@ || printf '%s\n' '$(2)' >$$@
$(1)/%.o: %.c $(1)/flags
	@mkdir -p $$(@D)
	$$(call say,CC)$(2) -c -o $$@ $$<
$(1)/cli/sql_data.S: scripts/embed-sql.sh $(SQL)
	@mkdir -p $$(@D)
	$$(call say,SQL)scripts/embed-sql.sh >$$@
$(1)/worker/assistant/prompts_data.S: scripts/embed-prompts.sh $(PROMPTS)
	@mkdir -p $$(@D)
	$$(call say,TXT)scripts/embed-prompts.sh >$$@
$(1)/%_data.o: $(1)/%_data.S
	$$(call say,AS)$(2) -c -o $$@ $$<
$(foreach a,$(areas),$(1)/lib$(a).a: $(SRC_$(a):%.c=$(1)/%.o)$(newline))
$(1)/libcli.a: $(1)/cli/sql_data.o
$(1)/libworker.a: $(1)/worker/assistant/prompts_data.o
$(1)/lib%.a:
	@rm -f $$@
	$$(call say,AR)ar -rcsD $$@ $$^
endef
$(eval $(call variant,$(O),$(COMPILE)))
$(eval $(call variant,$(F),$(FUZZ) -fsanitize=fuzzer-no-link))
-include $(shell find build -name '*.d' 2>/dev/null)

# --- Unit tests and fuzzers ------------------------------------------------
# A line "link: FLAGS" in a test's comments is added to its link, for --wrap.
# Every other .c file in a test's folder and in tests/lib goes with it.
define unit_area
SIDE_$(1) := $(patsubst %.c,$(O)/%.o,$(wildcard tests/lib/*.c) \
  $(filter-out tests/unit/$(1)/test_%,$(wildcard tests/unit/$(1)/*.c)))
$(O)/tests/unit/$(1)/test_%: $(O)/tests/unit/$(1)/test_%.o $$(SIDE_$(1)) \
    $(call archives,$(O),$(filter $(1),fcgi worker cli) common)
	$$(call say,LD)$(LINK) $$(shell sed -n 's/^.*[ \t]link: *\([^*]*\).*/\1/p' \
	  tests/unit/$(1)/test_$$*.c) -o $$@ $$^ \
	  $$(call libs,$(LIBS_$(1)) $(LIBS_common) $(LIBS_tests) cmocka)
endef
$(foreach a,$(areas),$(eval $(call unit_area,$(a))))

$(F)/tests/fuzz/fuzz_%: $(F)/tests/fuzz/fuzz_%.o \
    $(call archives,$(F),fcgi worker cli common)
	$(call say,LD)$(FUZZ) -fsanitize=fuzzer -o $@ $^ $(call libs,$(PKGS) $(LIBS_tests))

check: $(TEST_BINS) ## unit tests
	@$(if $(TESTS),,echo 'no unit tests found'; exit 1;) bad=; \
	for t in $(TEST_BINS); do echo "== $$t"; "$$t" || bad="$$bad $$t"; done; \
	test -z "$$bad" || { echo "failed:$$bad"; exit 1; }

fuzz-smoke: $(FUZZ_BINS) ## every fuzzer for FUZZ_SECONDS (20)
	@$(if $(FUZZ_BINS),,echo 'no fuzzers found'; exit 1;) \
	scripts/fuzz-smoke $(FUZZ_SECONDS) $(FUZZ_BINS)

# --- Tests with a database, a web server, a browser ---------------------------
check-sql: all ## pgTAP tests on a throw-away cluster
	scripts/with-postgres --migrate $(O)/coatcheck tests/sql/run

check-isolation: all ## what sessions that run side by side see
	scripts/with-postgres --migrate $(O)/coatcheck tests/isolation/run

check-e2e: all ## real lighttpd, PostgreSQL and programs
	COATCHECK_TEST_BUILD=$(O) $(PYTHON) -m pytest -q tests/e2e

check-browser: all ## the page in Chromium
	COATCHECK_TEST_BUILD=$(O) $(PYTHON) -m pytest -q tests/browser

check-client: ## JavaScript unit tests
	node --test $(wildcard tests/client/*.test.mjs)

# --- Source ----------------------------------------------------------------
format: ## clang-format in place
	$(FORMAT) -i $(OWN_C)

format-check: ## that format would change nothing
	@$(FORMAT) --dry-run -Werror $(OWN_C) && \
	  echo "$(words $(OWN_C)) files well formatted"

lint: ## house rules, include arrows, headers, shell scripts
	@scripts/lint $(STD) $(INCLUDES)

# --- Installation ----------------------------------------------------------
CLIENT := $(filter-out %/package.json,$(wildcard client/demo/*))
# Every key with its default, commented out.
$(O)/coatcheck.conf.example: $(O)/coatcheck
	@$< check --keys | awk '/^\[/ { print; next } \
	  /^ / { sub(/^ +/, "# "); print $$0 "\n#" key "\n"; next } \
	  { sub(/ $$/, ""); key = $$0 }' >$@
install: all $(O)/coatcheck.conf.example ## DESTDIR, PREFIX, BINDIR, SBINDIR, LIBEXECDIR, SYSCONFDIR
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(SBINDIR) $(LIBEXECDIR) \
	  $(DATADIR)/www $(DATADIR)/prompts $(DOCDIR)/client \
	  $(SYSCONFDIR)/coatcheck)
	install -m 755 $(O)/coatcheck $(DESTDIR)$(BINDIR)/coatcheck
	install -m 755 $(O)/coatcheck-worker $(DESTDIR)$(SBINDIR)/coatcheck-worker
	install -m 755 $(O)/coatcheck.fcgi $(DESTDIR)$(LIBEXECDIR)/coatcheck.fcgi
	install -m 644 $(CLIENT) $(DESTDIR)$(DATADIR)/www
	install -m 644 $(PROMPTS) $(DESTDIR)$(DATADIR)/prompts
	install -m 644 lighttpd.conf $(DESTDIR)$(DATADIR)/lighttpd.conf
	install -m 644 README.md LICENSE CHANGELOG.md $(DESTDIR)$(DOCDIR)
	cp -R docs sample $(DESTDIR)$(DOCDIR)
	ln -sfn $(DATADIR)/lighttpd.conf $(DESTDIR)$(DOCDIR)/lighttpd.conf
	ln -sfn $(DATADIR)/www $(DESTDIR)$(DOCDIR)/client/demo
	ln -sfn $(DATADIR)/prompts $(DESTDIR)$(DOCDIR)/prompts
	chmod -R u=rwX,go=rX $(DESTDIR)$(DOCDIR)
	install -m 644 $(O)/coatcheck.conf.example \
	  $(DESTDIR)$(SYSCONFDIR)/coatcheck/coatcheck.conf.example

uninstall: ## removes what install put there; leaves your configuration
	rm -f $(DESTDIR)$(BINDIR)/coatcheck $(DESTDIR)$(SBINDIR)/coatcheck-worker
	rm -f $(DESTDIR)$(SYSCONFDIR)/coatcheck/coatcheck.conf.example
	rm -rf $(addprefix $(DESTDIR),$(LIBEXECDIR) $(DATADIR) $(DOCDIR))
	-rmdir $(DESTDIR)$(SYSCONFDIR)/coatcheck 2>/dev/null

dist: ## coatcheck-VERSION.tar.gz of what is committed
	git archive --format=tar.gz --prefix=coatcheck-$(VERSION)/ \
	  -o coatcheck-$(VERSION).tar.gz HEAD

clean: ## removes build/ and the links to it
	rm -rf build $(PROGRAMS)

help: ## this list
	@echo 'all              the three programs (SAN=, CC=, WERROR=1, V=1)'
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
	  while IFS='|' read -r t d; do printf '%-16s %s\n' "$$t" "$$d"; done

.PHONY: all check check-sql check-isolation check-e2e check-browser \
  check-client fuzz-smoke format format-check lint install uninstall dist \
  clean help FORCE
