"""What transformers and PEFT make of the files in a plan, written beside it for the comparison.

    python reference.py PLAN.json

The last line of its output is JSON with the versions of the packages.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

# Everything is a local file; a name that is none must fail, not be looked up.
os.environ["HF_HUB_OFFLINE"] = "1"

import peft
import tokenizers
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import save_file

# Parameters of the heads that one side has and the other does without.
HEADS = ("pooler.", "cls.")


def is_decoder(path):
    return json.loads((Path(path) / "config.json").read_text())["model_type"] != "bert"


def loaded(path, automatic=None):
    """The model of a directory in float32; each of its parameters must come from there."""
    automatic = automatic or (
        transformers.AutoModelForCausalLM if is_decoder(path) else transformers.AutoModel
    )
    model, info = automatic.from_pretrained(path, dtype=torch.float32, output_loading_info=True)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        names = [str(name) for name in info[kind] if not str(name).startswith(HEADS)]
        if names:
            raise ValueError(f"{path}: {kind}: {', '.join(sorted(names))}")
    return model.eval()


def save(step):
    """Saves a model again as transformers does, in another class, type, or in shards."""
    automatic = getattr(transformers, step["class"])
    model = loaded(step["model"], automatic).to(getattr(torch, step["dtype"]))
    model.save_pretrained(step["to"], max_shard_size=step["shardSize"])
    transformers.AutoTokenizer.from_pretrained(step["model"]).save_pretrained(step["to"])


def adapter(step):
    """Writes an adapter by PEFT, both of its factors random."""
    torch.manual_seed(step["seed"])
    config = peft.LoraConfig(
        r=step["rank"],
        lora_alpha=step["alpha"],
        lora_dropout=0.1,
        target_modules=step["targets"],
        use_rslora=step["isRankStabilised"],
        task_type="CAUSAL_LM" if is_decoder(step["model"]) else "FEATURE_EXTRACTION",
    )
    model = peft.get_peft_model(loaded(step["model"]), config)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            strength = step["strengthOfB"] if "lora_B" in name else 1
            torch.nn.init.normal_(parameter, std=strength * parameter.shape[1] ** -0.5)
    model.save_pretrained(step["to"])


def adapted(model, path):
    """The model with the adapters of a directory; it must take every tensor there, and no others."""
    model = peft.PeftModel.from_pretrained(model, path).eval()
    with safe_open(Path(path) / "adapter_model.safetensors", "pt") as stored:
        names = set(stored.keys())
    taken = set(peft.get_peft_model_state_dict(model))
    if names != taken:
        raise ValueError(f"{path}: PEFT expects others: {', '.join(sorted(names ^ taken))}")
    return model


def outputs(model, batch, decoder):
    with torch.no_grad():
        out = model(**batch, output_hidden_states=True)
    hidden = out.hidden_states[-1]
    mask = batch["attention_mask"]
    if decoder:
        last = mask.sum(1) - 1
        return {"hidden": hidden, "logits": out.logits[torch.arange(len(last)), last]}
    weights = mask.unsqueeze(-1).float()
    mean = (hidden * weights).sum(1) / weights.sum(1)
    return {"hidden": hidden, "cls": hidden[:, 0], "mean": mean}


def digests(model):
    """SHA-256 of each parameter's values in float32."""
    return {
        name: hashlib.sha256(value.float().contiguous().numpy().tobytes()).hexdigest()
        for name, value in model.state_dict().items()
    }


def run(step, plan):
    """Token ids and outputs of a model, with its adapters where there are some."""
    decoder = is_decoder(step["model"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(step["model"])
    texts = plan["texts"]["decoder" if decoder else "bert"]
    # Text is text: what looks like a special token in it is none.
    options = {"padding": True, "return_tensors": "pt", "split_special_tokens": True}
    batch = dict(tokenizer(texts, **options))
    model = loaded(step["model"])
    found = {"ids": batch["input_ids"], "mask": batch["attention_mask"]}
    weights = digests(model)
    if "adapter" in step:
        model = adapted(model, step["adapter"])
        with model.disable_adapter():
            found["base hidden"] = outputs(model, batch, decoder)["hidden"]
    found |= outputs(model, batch, decoder)
    if "adapter" in step:
        merged = outputs(model.merge_and_unload(), batch, decoder)
        found |= {f"merged {name}": value for name, value in merged.items()}
    to = Path(plan["results"]) / step["name"]
    save_file({name: value.contiguous() for name, value in found.items()}, f"{to}.safetensors")
    Path(f"{to}.json").write_text(json.dumps(weights))


def main():
    plan = json.loads(Path(sys.argv[1]).read_text())
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for step in plan["steps"]:
        if step["do"] == "save":
            save(step)
        elif step["do"] == "adapter":
            adapter(step)
        else:
            run(step, plan)
    modules = (torch, transformers, peft, tokenizers)
    print(json.dumps({module.__name__: module.__version__ for module in modules}))


main()
