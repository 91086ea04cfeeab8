"""PyTorch twin of `train-step`: forward, backward and fused AdamW of a Qwen2-shape decoder.

bf16 means autocast around the forward pass with f32 parameters and moments, PyTorch's own recipe.
"""

import argparse

import torch
from torch import nn
from torch.nn import functional

from measuring import answer, set_threads

EPSILON = 1e-6
ROTARY_BASE = 1e6


class Shape:
    def __init__(self, text):
        (
            self.batch,
            self.length,
            self.width,
            self.layers,
            self.heads,
            self.groups,
            self.vocabulary,
            self.inner,
        ) = (int(part) for part in text.split(","))
        self.head = self.width // self.heads


def projection(inputs, outputs):
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=0.02)
    return layer


def rotary_table(shape):
    steps = torch.arange(0, shape.head, 2).float() / shape.head
    angles = torch.outer(torch.arange(shape.length).float(), ROTARY_BASE**-steps)
    doubled = torch.cat([angles, angles], dim=-1)
    return doubled.cos(), doubled.sin()


def rotated(x, table):
    cosines, sines = table
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat([-second, first], dim=-1) * sines


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return functional.rms_norm(x, self.weight.shape, self.weight, EPSILON)


class Attention(nn.Module):
    def __init__(self, shape, table):
        super().__init__()
        self.shape, self.table = shape, table
        self.queries = projection(shape.width, shape.width)
        self.keys = projection(shape.width, shape.groups * shape.head)
        self.values = projection(shape.width, shape.groups * shape.head)
        self.output = projection(shape.width, shape.width)

    def by_head(self, x, count):
        return x.view(x.shape[0], x.shape[1], count, self.shape.head).transpose(1, 2)

    def forward(self, x):
        shape = self.shape
        q = rotated(self.by_head(self.queries(x), shape.heads), self.table)
        k = rotated(self.by_head(self.keys(x), shape.groups), self.table)
        v = self.by_head(self.values(x), shape.groups)
        repeats = shape.heads // shape.groups
        mixed = functional.scaled_dot_product_attention(
            q.to(v.dtype),  # the rotary table is f32, and autocast leaves products with it so
            k.to(v.dtype).repeat_interleave(repeats, dim=1),
            v.repeat_interleave(repeats, dim=1),
            is_causal=True,
        )
        return self.output(mixed.transpose(1, 2).reshape(x.shape))


class FeedForward(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.gate = projection(shape.width, shape.inner)
        self.up = projection(shape.width, shape.inner)
        self.down = projection(shape.inner, shape.width)

    def forward(self, x):
        return self.down(functional.silu(self.gate(x)) * self.up(x))


class Layer(nn.Module):
    def __init__(self, shape, table):
        super().__init__()
        self.first, self.attention = Norm(shape.width), Attention(shape, table)
        self.second, self.feed_forward = Norm(shape.width), FeedForward(shape)

    def forward(self, x):
        x = x + self.attention(self.first(x))
        return x + self.feed_forward(self.second(x))


class Decoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        table = rotary_table(shape)
        self.layers = nn.ModuleList(Layer(shape, table) for _ in range(shape.layers))
        self.norm = Norm(shape.width)

    def forward(self, ids):
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x)
        return functional.linear(self.norm(x), self.embedding.weight)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shape")
    parser.add_argument("--dtype", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    set_threads(options.threads)
    torch.manual_seed(0)

    shape = Shape(options.shape)
    model = Decoder(shape)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0, fused=True
    )
    tokens = torch.arange(shape.batch * shape.length)
    ids = (tokens * 7919 + 13) % 97
    labels = (ids * 3 + 1) % 97

    def step():
        is_reduced = options.dtype == "bf16"
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_reduced):
            logits = model(ids.view(shape.batch, shape.length))
        loss = functional.cross_entropy(logits.float().flatten(0, 1), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    answer(step, options.runs)


main()
