"""Makes a folder of goldens: what the conformance command recomputes, by PyTorch and scikit-learn.

    pip install torch transformers peft safetensors scikit-learn
    python generate.py OUT --seed 1

Shapes and numbers are drawn from the seed. Everything is float64; weights are stored as float32.
A developers' tool: the project itself never runs it.
"""

import argparse
import json
import math
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from sklearn import decomposition, linear_model, metrics
from transformers import BertConfig, BertModel, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

IGNORED = -100
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def contrastive_loss(u, v, temperature, margin, variant):
    u, v = F.normalize(u, dim=-1), F.normalize(v, dim=-1)
    uu, uv, vv = u @ u.T, u @ v.T, v @ v.T
    positive = uv.diagonal()[:, None]
    limit = (positive + margin).detach()
    apart = ~torch.eye(len(u), dtype=torch.bool)
    if variant == "paper":
        mask = (torch.maximum(uu, uv) <= limit) & apart
        negatives = [(uu, mask), (uv, mask), (vv, mask)]
    else:
        mask = None
        negatives = [(s, (s <= limit) & apart) for s in (uu, uv, uv.T)]
    rivals = torch.cat([s.masked_fill(~m, -math.inf) for s, m in negatives], 1) / temperature
    rivals = rivals.masked_fill((rivals == -math.inf).all(1, keepdim=True), -1e9)
    losses = F.softplus(rivals.logsumexp(1) - positive[:, 0] / temperature, threshold=1e6)
    return losses.mean(), mask


def contrastive(draw):
    cases = []
    for pairs, width in [(draw.randint(4, 20), draw.randint(4, 40)) for _ in range(4)]:
        u, v = (torch.randn(pairs, width, requires_grad=True) for _ in range(2))
        case = {"u": u.tolist(), "v": v.tolist()}
        case["temperature"] = draw.choice([0.05, 0.07, 0.1, 0.3])
        case["margin"] = draw.choice([-0.1, 0.0, 0.1, 0.2])
        for variant in ("paper", "release"):
            loss, mask = contrastive_loss(u, v, case["temperature"], case["margin"], variant)
            grad_u, grad_v = torch.autograd.grad(loss, (u, v))
            case[variant] = {"loss": loss.item()}
            case[variant] |= {"grad_u": grad_u.tolist(), "grad_v": grad_v.tolist()}
            if mask is not None:
                case[variant]["mask"] = mask.int().tolist()
        cases.append(case)
    return {"cases": cases}


def adamw(draw):
    warmup, total, peak = draw.randint(1, 4), draw.randint(6, 12), 3e-3
    parameter = torch.nn.Parameter(torch.randn(draw.randint(2, 5), draw.randint(2, 5)))
    settings = {"betas": [0.85, 0.99], "eps": 1e-6, "weight_decay": 0.02}
    optimiser = torch.optim.AdamW([parameter], lr=1.0, **settings)
    golden = {"initial": parameter.tolist(), "clip_norm": 0.7, **settings}
    lists = ("grads", "learning_rates", "grad_norms_before_clipping", "trajectory")
    golden |= {key: [] for key in lists}
    for step in range(total):
        progress = (step - warmup) / (total - warmup)
        rate = (step + 1) / warmup if step < warmup else (1 + math.cos(math.pi * progress)) / 2
        optimiser.param_groups[0]["lr"] = peak * rate
        parameter.grad = torch.randn_like(parameter) * draw.choice([0.1, 1.0, 5.0])
        values = [parameter.grad.tolist(), peak * rate]
        values.append(torch.nn.utils.clip_grad_norm_(parameter, golden["clip_norm"]).item())
        optimiser.step()
        for key, value in zip(lists, [*values, parameter.tolist()]):
            golden[key].append(value)
    golden["schedule"] = {"warmup_steps": warmup, "total_steps": total, "peak": peak}
    return golden


def exact_norm(self, x):
    return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)


class ExactRotary(torch.nn.Module):
    """Angles in float64, where transformers has float32."""

    def __init__(self, size, base):
        super().__init__()
        self.frequencies = 1 / base ** (torch.arange(0, size, 2) / size)

    def forward(self, x, position_ids):
        angles = (position_ids[..., None] * self.frequencies).repeat(1, 1, 2)
        return angles.cos(), angles.sin()


def redraw(parameters):
    for name, parameter in parameters:
        values = torch.randn_like(parameter) * (0.3 if parameter.dim() == 1 else parameter.shape[1] ** -0.5)
        if "norm" in name:
            values = 1 + 0.5 * values
        parameter.data = values.float().double()


def decoder_result(model, batch, parameters):
    # Without a mask and padded on the right: valid tokens see nothing of the padding.
    ids, mask, labels = (torch.tensor(batch[key]) for key in batch)
    output = model(input_ids=ids, output_hidden_states=True)
    loss = F.cross_entropy(output.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED)
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    return {
        "last_hidden_state": (output.hidden_states[-1] * mask[..., None]).tolist(),
        "logits_row0_last": output.logits[0, -1].tolist(),
        "ntp_loss": loss.item(),
        "grad_norm": {name: g.norm().item() for name, g in zip(parameters, gradients)},
    }


def decoder(draw, architecture, folder):
    config_class, model_class = {
        "qwen2": (Qwen2Config, Qwen2ForCausalLM),
        "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    }[architecture]
    groups = draw.choice([1, 2, 3])
    config = {
        "model_type": architecture,
        "hidden_size": draw.randint(3, 9) * 4,
        "num_attention_heads": groups * draw.choice([1, 2]),
        "num_key_value_heads": groups,
        "head_dim": draw.choice([4, 6, 10]),
        "intermediate_size": draw.randint(20, 60),
        "vocab_size": draw.randint(20, 90),
        "num_hidden_layers": draw.randint(1, 4),
        "rms_norm_eps": draw.choice([1e-5, 1e-6]),
        "rope_theta": draw.choice([10000.0, 50000.0, 1000000.0]),
        "tie_word_embeddings": draw.choice([True, False]),
    }
    model = model_class(config_class(**config, attn_implementation="sdpa")).double()
    model.model.rotary_emb = ExactRotary(config["head_dim"], config["rope_theta"])
    type(model.model.norm).forward = exact_norm
    redraw(model.named_parameters())
    write(folder / "config.json", config)
    weights = {name: p.detach().float().contiguous() for name, p in model.named_parameters()}
    save_file(weights, folder / "model.safetensors")

    time = draw.randint(4, 14)
    lengths = [time] + [draw.randint(3, time) for _ in range(draw.randint(0, 3))]
    ids = torch.randint(config["vocab_size"], (len(lengths), time)).tolist()
    batch = {
        "input_ids": ids,
        "attention_mask": [[int(t < length) for t in range(time)] for length in lengths],
        "labels": [[i if 2 <= t < n else IGNORED for t, i in enumerate(row)] for row, n in zip(ids, lengths)],
    }
    expected = {**batch, "base": decoder_result(model, batch, dict(model.named_parameters()))}

    targets = draw.sample(PROJECTIONS, draw.randint(2, len(PROJECTIONS)))
    rank = draw.randint(1, 5)
    adapter = {"peft_type": "LORA", "r": rank, "lora_alpha": rank * draw.choice([0.5, 1.0, 2.0])}
    adapter |= {"lora_dropout": 0.0, "bias": "none", "task_type": "CAUSAL_LM", "target_modules": targets}
    settings = {key: adapter[key] for key in adapter if key != "peft_type"}
    adapted = get_peft_model(model, LoraConfig(**settings)).double()
    trained = {n.replace(".default", ""): p for n, p in adapted.named_parameters() if p.requires_grad}
    redraw(trained.items())
    expected["lora"] = decoder_result(adapted, batch, trained)
    write(folder / "expected.json", expected)
    write(folder / "adapter_config.json", adapter)
    state = get_peft_model_state_dict(adapted)
    save_file({n: p.detach().float().contiguous() for n, p in state.items()}, folder / "adapter_model.safetensors")


def bert_result(model, batch, parameters):
    ids, mask, types = (torch.tensor(batch[key]) for key in batch)
    output = model(input_ids=ids, attention_mask=mask, token_type_ids=types)
    hidden = output.last_hidden_state
    weights = mask[..., None].double()
    cls, mean = hidden[:, 0], (hidden * weights).sum(1) / weights.sum(1)
    loss = (cls * mean).sum() / len(ids)
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    return {
        "last_hidden_state": (hidden * weights).tolist(),
        "cls": cls.tolist(),
        "mean": mean.tolist(),
        "loss": loss.item(),
        "grad_norm": {name: g.norm().item() for name, g in zip(parameters, gradients)},
    }


def bert(draw, folder):
    heads = draw.randint(1, 4)
    config = {
        "model_type": "bert",
        "hidden_size": heads * draw.randint(2, 7),
        "num_attention_heads": heads,
        "intermediate_size": draw.randint(12, 40),
        "vocab_size": draw.randint(20, 60),
        "num_hidden_layers": draw.randint(1, 3),
        "max_position_embeddings": draw.randint(12, 30),
        "type_vocab_size": draw.randint(2, 3),
        "layer_norm_eps": draw.choice([1e-12, 1e-6]),
        "hidden_act": "gelu",
    }
    settings = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "attn_implementation": "eager"}
    model = BertModel(BertConfig(**config, **settings), add_pooling_layer=False).double()
    redraw((name.replace("LayerNorm.weight", "norm"), p) for name, p in model.named_parameters())
    write(folder / "config.json", config)
    weights = {name: p.detach().float().contiguous() for name, p in model.named_parameters()}
    save_file(weights, folder / "model.safetensors")

    time = draw.randint(3, 12)
    lengths = [time] + [draw.randint(1, time) for _ in range(draw.randint(1, 4))]
    batch = {
        # Not 0: transformers takes that for padding, and keeps its embedding from gradients.
        "input_ids": torch.randint(1, config["vocab_size"], (len(lengths), time)).tolist(),
        "attention_mask": [[int(t < length) for t in range(time)] for length in lengths],
        "token_type_ids": torch.randint(config["type_vocab_size"], (len(lengths), time)).tolist(),
    }
    expected = {**batch, "base": bert_result(model, batch, dict(model.named_parameters()))}

    targets = draw.sample(["query", "key", "value", "attention.output.dense", "intermediate.dense"], draw.randint(2, 5))
    rank = draw.randint(1, 4)
    adapter = {"peft_type": "LORA", "r": rank, "lora_alpha": rank * draw.choice([0.5, 1.0, 2.0])}
    adapter |= {"lora_dropout": 0.0, "bias": "none", "task_type": "FEATURE_EXTRACTION", "target_modules": targets}
    settings = {key: adapter[key] for key in adapter if key != "peft_type"}
    adapted = get_peft_model(model, LoraConfig(**settings)).double()
    trained = {n.replace(".default", ""): p for n, p in adapted.named_parameters() if p.requires_grad}
    redraw(trained.items())
    expected["lora"] = bert_result(adapted, batch, trained)
    write(folder / "expected.json", expected)
    write(folder / "adapter_config.json", adapter)
    state = get_peft_model_state_dict(adapted)
    save_file({n: p.detach().float().contiguous() for n, p in state.items()}, folder / "adapter_model.safetensors")


def user_encoder(draw):
    names = draw.sample(["bill", "mini", "spm", "search", "app"], draw.randint(2, 4))
    batch, slots, width, out = (draw.randint(*r) for r in [(1, 4), (2, 6), (3, 9), (4, 10)])
    shapes = {"norm.weight": [width], "norm.bias": [width], "up.weight": [width, width]}
    shapes |= {"up.bias": [width], "down.weight": [out, width], "down.bias": [out]}
    weights = {f"{a}.{key}": torch.randn(s) * 0.4 for a in [*names, "modal", "user"] for key, s in shapes.items()}

    def adapter(h, name):
        norm, up, down = ((weights[f"{name}.{p}.weight"], weights[f"{name}.{p}.bias"]) for p in ("norm", "up", "down"))
        return F.linear(F.gelu(F.linear(F.layer_norm(h, [width], *norm, eps=1e-6), *up)), *down)

    events = {name: torch.randn(batch, slots, width) for name in names}
    counts = {name: [draw.randint(0, slots) for _ in range(batch)] for name in names}
    counts[names[0]][0] = slots
    for user in range(batch):
        counts[names[0]][user] = counts[names[0]][user] or 1
    masks = {n: (torch.arange(slots) < torch.tensor(counts[n])[:, None]).double() for n in names}
    means = {n: (events[n] * masks[n][..., None]).sum(1) / masks[n].sum(1).clamp(min=1)[:, None] for n in names}
    total = sum(means.values())
    present = sum((masks[n].sum(1) > 0).double() for n in names)[:, None]
    lists = lambda tensors: {name: tensor.tolist() for name, tensor in tensors.items()}
    return {
        "parameters": lists(weights),
        "event_embeddings": lists(events),
        "mask": lists({n: m.int() for n, m in masks.items()}),
        "event_tokens": lists({n: adapter(events[n], n) for n in names}),
        "modality_tokens": lists({n: adapter(means[n], "modal") for n in names}),
        "user_token_release": adapter(total / len(names), "user").tolist(),
        "user_token_masked": adapter(total / present, "user").tolist(),
    }


def ranking(draw):
    cases = []
    for users in [2, 5, 40, 400]:
        labels = np.array([0, 1] + [int(draw.random() < 0.3) for _ in range(users - 2)])
        scores = np.round(np.random.randn(users) + labels, 1 if users > 10 else 6)
        fpr, tpr, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
        p = 1 / (1 + np.exp(-scores))
        case = {"labels": labels.tolist(), "scores": scores.tolist(), "ks": float(max(abs(tpr - fpr)))}
        case["roc_auc"] = metrics.roc_auc_score(labels, scores)
        case["average_precision"] = metrics.average_precision_score(labels, scores)
        case["log_loss_of_sigmoid"] = metrics.log_loss(labels, p)
        case["brier_of_sigmoid"] = metrics.brier_score_loss(labels, p)
        case["roc_curve"] = {"fpr": fpr.tolist(), "tpr": tpr.tolist()}
        cases.append(case)
    return {"cases": cases}


def probe(draw):
    rows, columns = draw.randint(150, 400), draw.randint(3, 16)
    fitted = rows * 2 // 3
    x = np.random.randn(rows, columns) * np.random.uniform(0.5, 2, columns)
    y = (x @ np.random.randn(columns) + np.random.randn(rows) * 2 > 0).astype(int)
    z = (x - x.mean(0)) / x.std(0)
    probes = []
    for c in [0.02, 1.0, 50.0]:
        model = linear_model.LogisticRegression(C=c, tol=1e-12, max_iter=100000).fit(z[:fitted], y[:fitted])
        auc = metrics.roc_auc_score(y[fitted:], model.decision_function(z[fitted:]))
        probes.append({"C": c, "coef": model.coef_[0].tolist(), "intercept": float(model.intercept_[0]), "test_roc_auc": auc})
    axes = decomposition.PCA(3).fit(x)
    pca = {"explained_variance_ratio": axes.explained_variance_ratio_.tolist(), "abs_components": abs(axes.components_).tolist()}
    return {"X": x.tolist(), "y": y.tolist(), "probes": probes, "pca": pca, "silhouette": float(metrics.silhouette_score(x, y))}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    draw = random.Random(options.seed)
    makers = {"contrastive": contrastive, "adamw": adamw, "user_encoder": user_encoder, "metrics": ranking, "probe": probe}
    for name, make in makers.items():
        write(options.out / f"{name}.json", make(draw))
    for architecture in ("qwen2", "qwen3"):
        decoder(draw, architecture, options.out / architecture)
    bert(draw, options.out / "bert")


main()
