import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

import type { DType } from '../ir/dtype.js';

/** ONNX `TensorProto.DataType` numbers. */
export const onnxType: Readonly<Record<DType | 'bfloat16', number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/** A node attribute: integers as `number`, floats wrapped as `{ float }`, text, lists of integers. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** A node as it goes into the file. */
export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A tensor in the file, its bytes inline or in an external file. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: DType | 'bfloat16';
  readonly shape: readonly number[];
  readonly bytes?: Uint8Array;
  readonly external?: {
    readonly location: string;
    readonly offset: number;
    readonly length: number;
  };
}

/** A typed input or output of the model; a text is a symbolic size. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

/** A whole model. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const irVersion = 9;
const standardOpset = 20;

type Write = (writer: BinaryWriter) => void;

const text = (writer: BinaryWriter, field: number, value: string): void => {
  writer.tag(field, WireType.LengthDelimited).string(value);
};
const integer = (writer: BinaryWriter, field: number, value: number): void => {
  writer.tag(field, WireType.Varint).int64(value);
};
const message = (writer: BinaryWriter, field: number, write: Write): void => {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
};

// Field numbers below are those of onnx.proto3 (ONNX IR 9).
function attribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  if (typeof value === 'number') {
    integer(writer, 3, value);
    integer(writer, 20, 2);
  } else if (typeof value === 'string') {
    writer.tag(4, WireType.LengthDelimited).bytes(new TextEncoder().encode(value));
    integer(writer, 20, 3);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    integer(writer, 20, 1);
  } else {
    for (const item of value) integer(writer, 8, item);
    integer(writer, 20, 7);
  }
}

function node(writer: BinaryWriter, content: OnnxNode, name: string): void {
  for (const input of content.inputs) text(writer, 1, input);
  for (const output of content.outputs) text(writer, 2, output);
  text(writer, 3, name);
  text(writer, 4, content.type);
  for (const [key, value] of Object.entries(content.attributes)) {
    message(writer, 5, (w) => attribute(w, key, value));
  }
  if (content.domain !== '') text(writer, 7, content.domain);
}

function initializer(writer: BinaryWriter, content: OnnxInitializer): void {
  for (const size of content.shape) integer(writer, 1, size);
  integer(writer, 2, onnxType[content.dtype]);
  text(writer, 8, content.name);
  if (content.bytes) writer.tag(9, WireType.LengthDelimited).bytes(content.bytes);
  if (content.external) {
    const { location, offset, length } = content.external;
    const entries = { location, offset: `${offset}`, length: `${length}` };
    for (const [key, value] of Object.entries(entries)) {
      message(writer, 13, (w) => {
        text(w, 1, key);
        text(w, 2, value);
      });
    }
    integer(writer, 14, 1);
  }
}

function valueInfo(writer: BinaryWriter, content: OnnxValue): void {
  text(writer, 1, content.name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, onnxType[content.dtype]);
      message(tensor, 2, (shape) => {
        for (const size of content.shape) {
          message(shape, 1, (dimension) => {
            if (typeof size === 'number') integer(dimension, 1, size);
            else text(dimension, 2, size);
          });
        }
      });
    }),
  );
}

/** The bytes of an ONNX `ModelProto`. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, irVersion);
  text(writer, 2, 'q-anchor');
  message(writer, 7, (graph) => {
    for (const [index, content] of model.nodes.entries()) {
      message(graph, 1, (w) => node(w, content, `${content.type}_${index}`));
    }
    text(graph, 2, 'graph');
    for (const content of model.initializers) message(graph, 5, (w) => initializer(w, content));
    for (const content of model.inputs) message(graph, 11, (w) => valueInfo(w, content));
    for (const content of model.outputs) message(graph, 12, (w) => valueInfo(w, content));
  });
  for (const [domain, version] of [['', standardOpset] as const, ['com.microsoft', 1] as const]) {
    message(writer, 8, (w) => {
      text(w, 1, domain);
      integer(w, 2, version);
    });
  }
  return writer.finish();
}
