import { messageField, integerField, textField } from './wire-bytes.js';

// onnxruntime-node 1.30 copies every output of a run into a fresh ArrayBuffer, even one that the
// run wrote into a buffer it was given. For a training step that is a copy of all parameters and
// moments, made to be thrown away: 60 of 105 ms for 320 MB on two cores. Outputs are converted in
// order, after the run is over, and one that is no tensor ends the conversion with an error. So a
// program whose outputs all have buffers gets such an output in front: the fence. Its error means
// that the run succeeded and that nothing was copied.

/** Name of the fence among a model's outputs. */
export const fenceName = 'q-anchor fence';

const fenceMessage = 'Non tensor type is temporarily not supported.';

// Field numbers are those of onnx.proto3: an empty sequence of float tensors.
const fence = Uint8Array.from(
  messageField(7, [
    ...messageField(1, [...textField(2, fenceName), ...textField(4, 'SequenceEmpty')]),
    ...messageField(12, [
      ...textField(1, fenceName),
      ...messageField(2, messageField(4, messageField(1, messageField(1, integerField(1, 1))))),
    ]),
  ]),
);

/**
 * A model with the fence as its first output.
 *
 * @param model - bytes of an ONNX model; protobuf joins the graph's repeated fields with the fence's
 */
export function withFence(model: Uint8Array): Uint8Array {
  const fenced = new Uint8Array(fence.length + model.length);
  fenced.set(fence);
  fenced.set(model, fence.length);
  return fenced;
}

/** Whether an error of a fenced run means success. */
export const isFence = (error: unknown): boolean =>
  error instanceof Error && error.message === fenceMessage;
