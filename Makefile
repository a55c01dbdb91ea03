# Each target does its own set-up on a machine that has only Python 3.11, pip and make.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

.PHONY: demo test check soak faults fuzz system setup clean help

help:            ## what can be made
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*## /\t/'

# torch first: the CPU build where pip can find it (set PIP_EXTRA_INDEX_URL to PyTorch's CPU index),
# else the build that the default registry has. Compiling on all cores, and no package's tests, is quicker than pip's way;
# packages hold files for other Pythons, which fail and which nobody imports.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check "torch==2.13.0+cpu" \
	  || $(BIN)/python -m pip install --no-compile --disable-pip-version-check "torch==2.13.0"
	$(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check -c constraints.txt -e ".[train,serve,embed,postgres,dev]"
	@$(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib > /dev/null 2>&1 || true
	@touch $@

setup: $(STAMP)  ## make .venv with everything in it

demo: $(STAMP)   ## fetch weights and news, fine-tune, evaluate, write the report, open the workbench
	$(BIN)/caibian run recipes/demo.yaml --yes
	$(BIN)/caibian newsroom demo runs/demo

check: $(STAMP)  ## lint, format, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# One process a core, a file of tests in one of them; arithmetic libraries then take one thread each.
test: check      ## every check and every test this machine can run
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

image-steps:     ## what the Dockerfile makes, in build/image, without a container engine
	rm -rf build/image
	$(PYTHON) -m tests.deploy.steps build/image

soak: $(STAMP)   ## half an hour of mixed load on the newsroom's service, at half of what it can carry
	$(BIN)/python -m benchmarks.load.soak

faults: $(STAMP) ## kill engines, the whole service and the database under load, and see what is lost
	$(BIN)/python -m benchmarks.load.faults

fuzz: $(STAMP)   ## 2,000 and more requests made up from the OpenAPI document
	$(BIN)/python -m benchmarks.load.fuzz

system:          ## system packages for the tests that need them (Debian, Ubuntu)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk

clean:           ## remove the virtual environment and all runs
	rm -rf $(VENV) runs
