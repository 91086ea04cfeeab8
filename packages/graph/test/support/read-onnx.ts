import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Fields of a protobuf message by number, in order of appearance. */
type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

const fieldsOf = (bytes: Uint8Array): Fields => {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const values = fields.get(number) ?? [];
    fields.set(number, values);
    if (wire === WireType.Varint) values.push(BigInt(reader.int64()));
    else if (wire === WireType.LengthDelimited) values.push(reader.bytes());
    else reader.skip(wire);
  }
  return fields;
};

const messages = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map((value) => fieldsOf(value as Uint8Array));
const texts = (fields: Fields, number: number): string[] =>
  (fields.get(number) ?? []).map((value) => new TextDecoder().decode(value as Uint8Array));
const integers = (fields: Fields, number: number): number[] =>
  (fields.get(number) ?? []).map(Number);

const valueOf = (info: Fields) => {
  const [tensor] = messages(messages(info, 2)[0]!, 1);
  const [shape] = messages(tensor!, 2);
  return {
    name: texts(info, 1)[0]!,
    type: integers(tensor!, 1)[0]!,
    shape: messages(shape!, 1).map((size) => integers(size, 1)[0] ?? texts(size, 2)[0]!),
  };
};

const initializerOf = (tensor: Fields) => ({
  name: texts(tensor, 8)[0]!,
  type: integers(tensor, 2)[0]!,
  shape: integers(tensor, 1),
  bytes: tensor.get(9)?.[0] as Uint8Array | undefined,
  external: Object.fromEntries(
    messages(tensor, 13).map((entry) => [texts(entry, 1)[0]!, texts(entry, 2)[0]!]),
  ),
  location: integers(tensor, 14)[0] ?? 0,
});

/** What an ONNX file says, read by the field numbers of onnx.proto3. */
export const readOnnx = (model: Uint8Array) => {
  const top = fieldsOf(model);
  const [graph] = messages(top, 7);
  return {
    irVersion: integers(top, 1)[0]!,
    opsets: Object.fromEntries(
      messages(top, 8).map((opset) => [texts(opset, 1)[0] ?? '', integers(opset, 2)[0]!]),
    ),
    nodes: messages(graph!, 1).map((node) => ({
      type: texts(node, 4)[0]!,
      domain: texts(node, 7)[0] ?? '',
      inputs: texts(node, 1),
      outputs: texts(node, 2),
    })),
    initializers: messages(graph!, 5).map(initializerOf),
    inputs: messages(graph!, 11).map(valueOf),
    outputs: messages(graph!, 12).map(valueOf),
  };
};
