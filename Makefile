# make book=demo all      the whole way: novel -> data sets -> report -> world model -> persona model
# Make decides what is stale. A stage that ran leaves outputs/<book>/.made/<stage>; its file keeps its time when its
# content did not change, so that nothing behind it is done again.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

book ?= demo
engine ?= auto
model ?=
yes ?=
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))

venv := .venv
extractor := $(venv)/bin/extractor
pip := $(venv)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
src := books/$(book)
out := outputs/$(book)
profile ?= $(or $(shell cat $(out)/profile 2>/dev/null),auto)
code := $(shell find extractor -name '*.py' -not -path '*/training/*' 2>/dev/null)
novel := $(firstword $(wildcard $(foreach kind,txt epub html htm xhtml md,$(src)/novel.$(kind))))
ask := --engine $(engine) $(if $(model),--model $(model)) $(if $(yes),--yes)

.PHONY: help all setup estimate status costs chat test quick lint types imports format check FORCE
FORCE:

help: ## show this list
	@echo "make book=<name of a folder in books/> <target>   [engine=auto|api|rules] [profile=auto|rehearsal|...] [yes=1]"
	@grep -hE '^[a-z -]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24 | sed 's/^/  /'

all: $(out)/report.html ## everything: chapters ... corpus, world model, persona model, evaluation, report
	@echo "$(book): everything is up to date; open $(out)/report.html, or talk: make book=$(book) chat"

# ---- setting up -------------------------------------------------------------------------------------------------

setup: $(venv)/.core ## install the core into .venv (happens by itself)

$(venv)/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Error: Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(venv)

$(venv)/.core: pyproject.toml constraints.txt | $(venv)/bin/python
	@echo "installing the core into $(venv) (about a minute, once)"
	@$(pip) -e . && touch $@

$(venv)/.train: pyproject.toml constraints.txt | $(venv)/.core
	@echo "installing what training needs into $(venv) (a minute or two, once)"
	@$(pip) -e '.[train]' && touch $@

$(venv)/.dev: pyproject.toml constraints.txt | $(venv)/.train
	@$(pip) -e '.[train,dev]' && touch $@

# ---- the way of the data ----------------------------------------------------------------------------------------

# $(call stage,name,stages it reads,asks a model?): prerequisites repeat each stage's `reads`; a test compares them.
define stage
$(out)/$(1).jsonl: $(out)/.made/$(1) ; @test -f $$@ || { rm -f $$<; $(MAKE) $$@; }
$(out)/.made/$(1): $(src)/book.toml $(code) $(if $(2),,$(novel)) $(foreach read,$(2),$(out)/$(read).jsonl) \
  $(if $(3),$(out)/engine $(wildcard prompts/*/$(1) prompts/*/talk prompts/*/$(1)/*.md prompts/*/talk/*.md \
  $(src)/prompts/$(1) $(src)/prompts/talk $(src)/prompts/$(1)/*.md $(src)/prompts/talk/*.md)) | $(venv)/.core
	@$(extractor) $(1) $(book) $(if $(3),$(ask))
	@mkdir -p $$(@D) && touch $$@
.PHONY: $(1)
$(1): $(out)/$(1).jsonl
endef

$(eval $(call stage,chapters,))
$(eval $(call stage,cast,chapters))
$(eval $(call stage,quotations,chapters cast))
$(eval $(call stage,summaries,chapters cast quotations,asks))
$(eval $(call stage,knowledge,chapters cast quotations summaries,asks))
$(eval $(call stage,dialogues,chapters cast quotations summaries,asks))
$(eval $(call stage,conversations,chapters cast dialogues))
$(eval $(call stage,preferences,chapters cast dialogues conversations,asks))
$(eval $(call stage,corpus,chapters cast summaries knowledge conversations preferences))

$(out)/engine: FORCE | $(venv)/.core
	@$(extractor) engine $(book) --engine $(engine) $(if $(model),--model $(model)) --write $@ >/dev/null

$(src)/book.toml: | $(venv)/.core
	@$(extractor) status $(book)

$(out)/corpus/%.jsonl: $(out)/corpus.jsonl ; @test -f $@ || { rm -f $(out)/.made/corpus; $(MAKE) $(out)/corpus.jsonl; }
$(out)/datasets/dataset_info.json: $(out)/corpus.jsonl
	@test -f $@ || { rm -f $(out)/.made/corpus; $(MAKE) $(out)/corpus.jsonl; }

# ---- training ---------------------------------------------------------------------------------------------------

recipes := $(wildcard extractor/training/recipes/*.toml $(src)/recipes/*.toml)

.PHONY: world persona evaluate report
world: $(out)/models/world/training.json ## train the world model
persona: $(out)/models/persona/training.json ## train the persona model on the world model
evaluate: $(out)/evaluation.json ## measure each model on held-out rows
report: $(out)/corpus.jsonl ## write the page to look at, of what is there so far
	@$(extractor) report $(book)

# The profile of the last training is kept, so that a later `make report` trains nothing else.
$(out)/profile: FORCE
	@mkdir -p $(@D); echo '$(profile)' | cmp -s - $@ || echo '$(profile)' > $@

# $(call weights,model): nothing where the model's weights lie, else a reason to train it again
weights = $(if $(wildcard $(out)/models/$(1)/*.safetensors),,FORCE)

$(out)/models/world/training.json: $(out)/corpus/world.jsonl $(out)/profile $(recipes) $(call weights,world) | $(venv)/.train
	@$(extractor) world $(book) --profile $(profile) && touch $@

$(out)/models/persona/training.json: $(out)/models/world/training.json $(out)/corpus/persona.jsonl \
  $(out)/corpus/preferences.jsonl $(recipes) $(call weights,persona-sft) $(call weights,persona)
	@$(extractor) persona $(book) --profile $(profile) && touch $@

$(out)/evaluation.json: $(out)/models/persona/training.json
	@$(extractor) evaluate $(book) --profile $(profile) && touch $@

$(out)/report.html: $(out)/evaluation.json $(out)/corpus.jsonl $(out)/datasets/dataset_info.json extractor/report.py $(wildcard extractor/templates/*)
	@$(extractor) report $(book) && touch $@

# ---- looking at it ----------------------------------------------------------------------------------------------

estimate status costs: $(venv)/.core ## the price before paying; what is done and left; what was paid
	@$(extractor) $@ $(book)

chat: | $(venv)/.train ## talk to the persona
	@$(extractor) chat $(book)

# ---- working on it ----------------------------------------------------------------------------------------------

test: $(venv)/.dev ## run every test that needs no GPU and no network
	@$(venv)/bin/python -m pytest -n 2 --dist loadfile

quick: $(venv)/.dev ## run all tests but the slow ones
	@$(venv)/bin/python -m pytest -n 2 --dist loadfile -m "not slow"

lint: $(venv)/.dev ## ruff: faults and format
	@$(venv)/bin/ruff check . && $(venv)/bin/ruff format --check .

types: $(venv)/.dev ## mypy, strict
	@$(venv)/bin/mypy

imports: $(venv)/.dev ## import-linter: layers
	@$(venv)/bin/lint-imports

format: $(venv)/.dev ## put the code into its format
	@$(venv)/bin/ruff check --fix . && $(venv)/bin/ruff format .

check: lint types imports test ## all of it, as CI does
