"""PyTorch twin of `prefix-query`: tokens read alone, or against the cached keys and values of a prefix.

It rotates nothing and masks nothing, which our decoder does: the comparison leans towards PyTorch.
bf16 means weights, activations and cache in that type.
"""

import argparse

import torch
from torch.nn import functional

from measuring import answer, set_threads

EPSILON = 1e-6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shape")
    parser.add_argument("--dtype", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    set_threads(options.threads)
    torch.manual_seed(0)

    sizes = [int(part) for part in options.shape.split(",")]
    layers, width, heads, groups, head, inner, prefix, query, queries = sizes
    tokens = query * queries
    dtype = torch.bfloat16 if options.dtype == "bf16" else torch.float32

    def matrix(outputs, inputs):
        return (torch.randn(outputs, inputs) * 0.02).to(dtype)

    def cached():
        return torch.randn(groups, prefix, head).to(dtype)

    weights = [
        {
            "queries": matrix(heads * head, width),
            "keys": matrix(groups * head, width),
            "values": matrix(groups * head, width),
            "output": matrix(width, heads * head),
            "gate": matrix(inner, width),
            "up": matrix(inner, width),
            "down": matrix(width, inner),
        }
        for _ in range(layers)
    ]
    cache = [(cached(), cached()) for _ in range(layers)]
    scale = torch.ones(width, dtype=dtype)
    embeddings = torch.randn(tokens, width).to(dtype)

    def by_head(x, count):
        return x.view(tokens, count, head).transpose(0, 1)

    def repeated(x):
        return x.repeat_interleave(heads // groups, 0)[None]

    def norm(x):
        return functional.rms_norm(x, (width,), scale, EPSILON)

    @torch.inference_mode()
    def read():
        x = embeddings
        own = []
        for weight, (past_keys, past_values) in zip(weights, cache):
            h = norm(x)
            q = by_head(functional.linear(h, weight["queries"]), heads)
            k = by_head(functional.linear(h, weight["keys"]), groups)
            v = by_head(functional.linear(h, weight["values"]), groups)
            own.append((k, v))
            if prefix > 0:
                k = torch.cat([past_keys, k], dim=1)
                v = torch.cat([past_values, v], dim=1)
            mixed = functional.scaled_dot_product_attention(q[None], repeated(k), repeated(v))[0]
            x = x + functional.linear(mixed.transpose(0, 1).reshape(tokens, -1), weight["output"])
            f = norm(x)
            gated = functional.silu(functional.linear(f, weight["gate"]))
            x = x + functional.linear(gated * functional.linear(f, weight["up"]), weight["down"])
        return x, own

    answer(read, options.runs)


main()
