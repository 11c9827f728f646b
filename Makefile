# lbl - GNU make, not recursive.  `make help` lists the targets.
#
# O=DIR     build folder (default build)
# SAN=LIST  sanitizers, e.g. make O=build/asan SAN=address,undefined check
# CC, CFLAGS, LDFLAGS, DESTDIR, PREFIX as everywhere; none is needed for correctness.

VERSION := 0.1.0
O       ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS  ?= -O2 -g
SAN     ?=

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wimplicit-fallthrough -Wundef
# clang also wants the format attribute on every static function with a va_list
WARN += $(if $(findstring clang,$(CC)),-Wno-format-nonliteral)
BASE := -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 -ffp-contract=off -pthread \
	-Ilib -include base/banned.h -DLBL_VERSION='"$(VERSION)"'
HARD := -fstack-protector-strong -fstack-clash-protection -fPIE
HARDLD := -pie -Wl,-z,relro,-z,now
ifneq ($(SAN),)
  HARD   += -fsanitize=$(SAN) -fno-omit-frame-pointer -DLBL_SANITIZE=1
  HARDLD += -fsanitize=$(SAN)
else ifeq ($(filter -O0,$(CFLAGS)),)
  HARD   += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
ALL_CFLAGS  = $(BASE) $(WARN) $(HARD) $(CFLAGS)
ALL_LDFLAGS = $(HARDLD) -pthread $(LDFLAGS) -Wl,--as-needed
# one list for all: the linker drops what a command does not use
LIBS := -lsecp256k1 -lcurl -lcjson -lxxhash -lcrypto

LIBSRC  := $(sort $(wildcard lib/*/*.c))
LIBOBJ  := $(LIBSRC:%.c=$(O)/%.o)
CMDSRC  := $(sort $(wildcard cmd/lbl-*.c))
CMDS    := $(notdir $(CMDSRC:%.c=%))
BIN     := $(CMDS:%=$(O)/bin/%)
UNITSRC := $(sort $(wildcard t/unit/u-*.c))
UNIT    := $(UNITSRC:t/unit/%.c=$(O)/t/%)
TOOLSRC := $(sort $(wildcard t/tool/*.c) $(wildcard examples/*/*.c))
TOOL    := $(foreach s,$(TOOLSRC),$(O)/t/$(basename $(notdir $s)))
MAN     := $(sort $(wildcard man/*.[157]))

all: $(BIN)

# ---- building ------------------------------------------------------------

# a change of compiler or flags rebuilds everything
STAMP := $(O)/flags
$(shell mkdir -p $(O); printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' >$(STAMP).new; \
	cmp -s $(STAMP).new $(STAMP) && rm $(STAMP).new || mv $(STAMP).new $(STAMP))

$(O)/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(OBJFLAGS) -MMD -MP -c -o $@ $<

$(O)/liblbl.a: $(LIBOBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# a command with verbs has a folder of its own beside its file
.SECONDEXPANSION:
$(O)/bin/%: $(O)/cmd/%.o $$(addprefix $(O)/,$$(addsuffix .o,$$(basename $$(wildcard cmd/$$*/*.c)))) $(O)/liblbl.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/t/u-%: $(O)/t/unit/u-%.o $(O)/liblbl.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

define TOOL_RULE
$(O)/t/$(basename $(notdir $1)): $(O)/$(1:.c=.o) $(addprefix $(O)/,$(patsubst %.c,%.o,$(wildcard $(1:.c=)/*.c))) \
		$(O)/liblbl.a
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach s,$(TOOLSRC),$(eval $(call TOOL_RULE,$s)))

-include $(LIBOBJ:.o=.d) $(wildcard $(O)/cmd/*.d $(O)/cmd/*/*.d $(O)/t/*/*.d $(O)/t/*/*/*.d $(O)/examples/*/*.d)

# ---- tests ---------------------------------------------------------------

FUZZSRC := $(sort $(wildcard t/fuzz/fuzz-*.c))
REPLAY  := $(FUZZSRC:t/fuzz/fuzz-%.c=$(O)/t/f-%)
FUZZ    := $(FUZZSRC:t/fuzz/%.c=$(O)/t/%)
FUZZ_SECONDS ?= 60
JOBS    ?= $(shell nproc)
# a build of its own parallelism, unless a -j came from above
PAR      = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
SUB      = +@$(MAKE) --no-print-directory $(PAR)
# make check T=t/3000-agree.t runs just that
T       ?= $(sort $(wildcard t/*.t)) $(UNIT) $(REPLAY)
PROVE   ?= prove
LBL_SHARED ?= $(abspath ../shared)
TESTENV  = LBL_TOP='$(CURDIR)' LBL_BUILD='$(abspath $(O))' LBL_SHARED='$(LBL_SHARED)' LBL_SAN='$(SAN)' \
	ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 \
	UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1

# the corpus through a parser, without a fuzzer: runs under prove
$(O)/t/f-%: $(O)/t/fuzz/fuzz-%.o $(O)/t/fuzz/replay.o $(O)/liblbl.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/t/fuzz-%: $(O)/t/fuzz/fuzz-%.o $(O)/liblbl.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

.PHONY: all tests deps check prove lint bench accuracy torture demo deploy fuzz fuzz-run ci incentives mutants coverage \
	install uninstall dist clean help
.SECONDARY:

# everything that check runs, built
tests: all $(UNIT) $(TOOL) $(REPLAY)

# what a fresh machine lacks; make DEPS=true check does without
DEPS ?= .ci/deps
deps:
	@$(DEPS)

check: deps
	$(SUB) -s prove

prove: tests
	@$(TESTENV) $(PROVE) -j$(JOBS) --failures --comments -e '' $(T)

lint: all
	@rc=0; for l in t/lint/*; do if test -x $$l; then $(TESTENV) $$l || rc=1; fi; done; exit $$rc

# figures, one JSON record each; fails when one is not what was promised
bench: tests
	@$(TESTENV) t/bench

# any folder of NAME.labels.ndjson and NAME.gold.ndjson
DATA ?= $(LBL_SHARED)/data
accuracy: tests
	@$(TESTENV) t/accuracy '$(DATA)'

$(patsubst t/perf/%.sh,bench-%,$(wildcard t/perf/*.sh)): bench-%: tests
	@$(TESTENV) t/bench $*

# lbl-payout killed at every call, and then so many seeds of random faults, shared out among the ways to pay
# (so 1000 are 1002 of three); SEED=N for one of them
SEEDS ?=
MODES ?= transfer pool claims
torture: deps
	$(SUB) -s tests
	@[ '$(SEED)' ] || $(TESTENV) t/torture --kills --jobs $(JOBS)
	@from=1; each=$$((($(or $(SEEDS),1000) + $(words $(MODES)) - 1) / $(words $(MODES)))); for m in $(MODES); do \
		$(TESTENV) SEED='$(SEED)' t/torture --mode $$m --jobs $(JOBS) --from $$from $$each || exit; \
		from=$$((from + each)); done

demo: deps
	$(SUB) -s tests
	@$(TESTENV) examples/demo/run

# crowds with attackers in them, paid by the commands; fails when a bound is missed
incentives: tests
	@$(O)/t/incentives -r $(or $(RULE_SEEDS),3) -s $(or $(SEEDS),10) -j $(JOBS) '$(abspath $(O))/bin' $(SCENARIOS)

# a fault planted in the contracts, and again another: every one has to be seen by a test
mutants:
	@contracts/bin/mutants

# every line and branch of the contracts is reached by a test
coverage:
	@contracts/bin/coverage

# to a node, from a config like examples/deploy/local.json; a second time changes nothing.
# The node signs for the config's deployer, or KEYSTORE does with the password in PASSWORD_FILE.
OUT ?= $(O)/deploy/$(basename $(notdir $(CONFIG))).deployment.json
deploy:
	$(if $(and $(CONFIG),$(RPC)),,$(error make deploy wants CONFIG=FILE and RPC=URL))
	@mkdir -p '$(dir $(OUT))'
	@contracts/bin/deploy --config '$(CONFIG)' --rpc '$(RPC)' --out '$(OUT)' \
		$(if $(KEYSTORE),--keystore '$(KEYSTORE)' --password-file '$(PASSWORD_FILE)')
	@echo '$(OUT)'

fuzz:
	$(SUB) O=$(O)/fuzz CC=clang SAN=address,undefined,fuzzer-no-link fuzz-run

fuzz-run: $(FUZZ)
	@for f in $(FUZZ:$(O)/t/fuzz-%=%); do mkdir -p t/fuzz/corpus/$$f $(O)/corpus/$$f && \
	$(TESTENV) $(O)/t/fuzz-$$f -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(O)/$$f- \
		$(O)/corpus/$$f t/fuzz/corpus/$$f || exit; done

ci:
	+@.ci/run

# ---- giving it away ------------------------------------------------------

install: all
	@mkdir -p '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(BIN) '$(DESTDIR)$(PREFIX)/bin'
	@for m in $(MAN); do d='$(DESTDIR)$(PREFIX)'/share/man/man$${m##*.}; mkdir -p "$$d" && \
	install -m 644 $$m "$$d" || exit; done

uninstall:
	cd '$(DESTDIR)$(PREFIX)' && rm -f $(CMDS:%=bin/%) \
		$(foreach m,$(MAN),share/man/man$(subst .,,$(suffix $m))/$(notdir $m))

# the same commit gives the same bytes
dist:
	@mkdir -p $(O)
	git archive --format=tar --prefix=lbl-$(VERSION)/ -o $(O)/lbl-$(VERSION).tar HEAD
	gzip -9nf $(O)/lbl-$(VERSION).tar

clean:
	rm -rf $(O)

help:
	@sed -n 's/^#:/ /p' Makefile
#:make               the commands, in $(O)/bin
#:make check         install what is missing, build and run every test; T=FILE runs one
#:make demo          a crowd from raw data to paid and audited labels, on a local chain
#:make incentives    crowds with attackers, paid by the commands (SEEDS=10); fails when a bound is missed
#:make torture       lbl-payout killed everywhere, and SEEDS (1000) of random faults; fails on a wrong balance
#:make mutants       plant faults in the contracts; fails when no test sees one
#:make coverage      what of the contracts no test reaches
#:make deploy        the contracts of CONFIG=FILE to RPC=URL, and the file OUT that says where they are
#:make lint          layers, shell, manuals, text
#:make bench         every measurement; make bench-NAME runs one
#:make accuracy      every method on every set of DATA with gold, beside its bounds
#:make fuzz          each parser under libFuzzer for FUZZ_SECONDS (60)
#:make ci            all that has to pass before a change lands
#:make deps          what a fresh Debian lacks; .ci/deps --check only tells
#:make install       to $(DESTDIR)$(PREFIX); make uninstall takes it away
#:make dist          $(O)/lbl-VERSION.tar.gz from the last commit
#:make clean         remove $(O)
#:
#:O=DIR SAN=address,undefined CC=clang CFLAGS=-O3 make a build of their own
