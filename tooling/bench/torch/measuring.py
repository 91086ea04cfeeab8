"""What the twins share: threads, timing, and the one JSON line they answer with."""

import json
import platform
import resource
import statistics
import time

import torch


def set_threads(count):
    """Limits PyTorch to `count` threads; 0 leaves its own choice."""
    if count > 0:
        torch.set_num_threads(count)


def peak_megabytes():
    """Largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 2**20 if platform.system() == "Darwin" else 2**10
    return peak / unit


def answer(work, runs):
    """Runs `work` once untimed and `runs` times timed, then prints the measurement."""
    work()
    milliseconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        milliseconds.append((time.perf_counter() - started) * 1000)
    measurement = {
        "ms": statistics.median(milliseconds),
        "peakMB": peak_megabytes(),
    }
    print(json.dumps(measurement), flush=True)
