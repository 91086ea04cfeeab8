import type { Tensors } from '@q-anchor/backend';
import type { DualTowerConfig } from '@q-anchor/dual-tower';

type Row = readonly number[];

const dot = (a: Row, b: Row): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const plus = (a: Row, b: Row): number[] => a.map((value, i) => value + b[i]!);

function softmax(scores: Row): number[] {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/**
 * Attention probabilities of one unpacked causal sequence in float64, without graph and engine: every
 * layer of the decoder from its hidden states.
 *
 * @param embeddings - token embeddings of the sequence
 * @param model - its configuration and parameters
 * @returns by layer, head, token that looks: over all tokens up to it
 */
export function plainAttention(
  embeddings: readonly Row[],
  { config, parameters }: { readonly config: DualTowerConfig; readonly parameters: Tensors },
): number[][][][] {
  const { lora, decoder } = config;
  const { headSize: size, heads, keyValueHeads, normEpsilon, rotaryBase } = decoder;
  const vector = (name: string): number[] => Array.from(parameters[name]!.data, Number);
  const applied = (name: string, x: Row): number[] => {
    const { shape, data } = parameters[name]!;
    const [outputs, inputs] = shape as [number, number];
    return Array.from({ length: outputs }, (_, o) =>
      x.reduce((sum, value, i) => sum + value * Number(data[o * inputs + i]), 0),
    );
  };
  const project = (name: string, x: Row): number[] => {
    let y = applied(`${name}.weight`, x);
    if (parameters[`${name}.bias`]) y = plus(y, vector(`${name}.bias`));
    const adapter = `base_model.model.${name}.lora`;
    if (!lora || !parameters[`${adapter}_A.weight`]) return y;
    const inner = applied(`${adapter}_A.weight`, x);
    const outer = applied(`${adapter}_B.weight`, inner);
    return plus(
      y,
      outer.map((value) => (value * lora.alpha) / lora.rank),
    );
  };
  const norm = (name: string, x: Row): number[] => {
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + normEpsilon);
    const weight = vector(`${name}.weight`);
    return x.map((value, i) => value * scale * weight[i]!);
  };
  const rotated = (x: Row, position: number): number[] => {
    const half = size / 2;
    return x.map((value, i) => {
      const angle = position * rotaryBase ** ((-2 * (i % half)) / size);
      const partner = i < half ? -x[i + half]! : x[i - half]!;
      return value * Math.cos(angle) + partner * Math.sin(angle);
    });
  };

  let hidden = embeddings.map((row) => [...row]);
  return Array.from({ length: decoder.layers }, (_layer, layer) => {
    const at = (name: string): string => `model.layers.${layer}.${name}`;
    const read = hidden.map((x) => norm(at('input_layernorm'), x));
    const byHead = (name: 'q' | 'k' | 'v'): number[][][] =>
      read.map((x, position) => {
        const row = project(at(`self_attn.${name}_proj`), x);
        return Array.from({ length: row.length / size }, (_, h) => {
          const head = row.slice(h * size, (h + 1) * size);
          if (name === 'v') return head;
          const isNormed = decoder.architecture === 'qwen3';
          return rotated(isNormed ? norm(at(`self_attn.${name}_norm`), head) : head, position);
        });
      });
    const [q, k, v] = [byHead('q'), byHead('k'), byHead('v')];
    const groupOf = (head: number): number => Math.floor(head / (heads / keyValueHeads));
    const probabilities = Array.from({ length: heads }, (_, h) =>
      q.map((row, t) =>
        softmax(k.slice(0, t + 1).map((key) => dot(row[h]!, key[groupOf(h)]!) / Math.sqrt(size))),
      ),
    );
    hidden = hidden.map((x, t) => {
      const mixed = probabilities.flatMap((head, h) =>
        Array.from({ length: size }, (_, i) =>
          head[t]!.reduce((sum, p, s) => sum + p * v[s]![groupOf(h)]![i]!, 0),
        ),
      );
      const attended = plus(x, project(at('self_attn.o_proj'), mixed));
      const f = norm(at('post_attention_layernorm'), attended);
      const gate = project(at('mlp.gate_proj'), f);
      const up = project(at('mlp.up_proj'), f);
      const gated = gate.map((value, i) => (value / (1 + Math.exp(-value))) * up[i]!);
      return plus(attended, project(at('mlp.down_proj'), gated));
    });
    return probabilities;
  });
}
