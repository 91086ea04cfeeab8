import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { UnavailableError } from '@q-anchor/core';

import type { Device } from '../engine.js';
import { createSession, knownDevices } from './session.js';
import { integerField, messageField, textField } from './wire-bytes.js';

const fixes: Readonly<Record<Device, string>> = {
  cpu: 'Reinstall onnxruntime-node.',
  webgpu:
    'Install a graphics driver (on Linux one for Vulkan, and libvulkan1); without a graphics card, install chromium and set VK_ICD_FILENAMES to its vk_swiftshader_icd.json.',
  cuda: "Install the CUDA 12 runtime and cuDNN 9, then fetch ONNX Runtime's libraries for them: run script/install.js in the folder of onnxruntime-node with --onnxruntime-node-install=cuda12 (Linux, x64).",
  tensorrt:
    "Install the CUDA 12 runtime and TensorRT 10, then fetch ONNX Runtime's libraries for them: run script/install.js in the folder of onnxruntime-node with --onnxruntime-node-install=cuda12 (Linux, x64).",
  coreml: 'It exists on macOS alone.',
  dml: 'It exists on Windows alone.',
};

const missing = (device: Device, reason: string, cause?: unknown): UnavailableError =>
  new UnavailableError(
    `device '${device}'`,
    reason,
    fixes[device],
    cause === undefined ? {} : { cause },
  );

/** Library that onnxruntime-node's package leaves out for its size. */
const libraryOf = (device: Device): string | undefined =>
  device === 'cuda' || device === 'tensorrt' ? `libonnxruntime_providers_${device}.so` : undefined;

/** Whether a library lies beside ONNX Runtime's own; looked up since a failing load is printed. */
function hasLibrary(file: string): boolean {
  const bin = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '../bin');
  return readdirSync(bin).some((abi) =>
    existsSync(join(bin, abi, process.platform, process.arch, file)),
  );
}

// y = Neg(x), x and y float [1]; field numbers are those of onnx.proto3.
const valueField = (field: number, name: string): number[] =>
  messageField(field, [
    ...textField(1, name),
    ...messageField(
      2,
      messageField(1, [
        ...integerField(1, 1),
        ...messageField(2, messageField(1, integerField(1, 1))),
      ]),
    ),
  ]);
const smallestModel = Uint8Array.from([
  ...integerField(1, 9),
  ...messageField(7, [
    ...messageField(1, [...textField(1, 'x'), ...textField(2, 'y'), ...textField(4, 'Neg')]),
    ...textField(2, 'probe'),
    ...valueField(11, 'x'),
    ...valueField(12, 'y'),
  ]),
  ...messageField(8, integerField(2, 20)),
]);

/**
 * Checks that a device can run something.
 *
 * @param device - the device
 * @throws {@link UnavailableError} naming what to install
 */
export async function checkDevice(device: Device): Promise<void> {
  if (device === 'cpu') return;
  if (!knownDevices().includes(device)) {
    const platform = `${process.platform} ${process.arch}`;
    throw missing(device, `onnxruntime-node has no such device on ${platform}`);
  }
  const library = libraryOf(device);
  if (library !== undefined && !hasLibrary(library)) {
    throw missing(device, `${library} is not in onnxruntime-node's folder`);
  }
  try {
    const session = await createSession(smallestModel, { device, cpuFallback: true, threads: 1 });
    await session.release();
  } catch (error) {
    throw missing(device, error instanceof Error ? error.message : String(error), error);
  }
}

/**
 * The device that runs every graph fastest without further setup: `cuda` where it works, else
 * `cpu`. The others lack ops or need time to build, so they have to be asked for.
 */
export async function chooseDevice(): Promise<Device> {
  try {
    await checkDevice('cuda');
    return 'cuda';
  } catch (error) {
    if (UnavailableError.isInstance(error)) return 'cpu';
    throw error;
  }
}
