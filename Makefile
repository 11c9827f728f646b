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
BASE := -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -ffp-contract=off -pthread \
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
$(O)/bin/%: $(O)/cmd/%.o $$(patsubst %.c,$(O)/%.o,$$(wildcard cmd/$$*/*.c)) $(O)/liblbl.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/t/u-%: $(O)/t/unit/u-%.o $(O)/liblbl.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

define TOOL_RULE
$(O)/t/$(basename $(notdir $1)): $(O)/$(1:.c=.o) $(O)/liblbl.a
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach s,$(TOOLSRC),$(eval $(call TOOL_RULE,$s)))

-include $(LIBOBJ:.o=.d) $(wildcard $(O)/cmd/*.d $(O)/cmd/*/*.d $(O)/t/*/*.d $(O)/examples/*/*.d)
