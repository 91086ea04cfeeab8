/**
 * Switches ONNX Runtime's telemetry off, which is on from 1.30 on: it would write files into the
 * temporary folder and knows an address to send to. Whoever sets `ORT_DISABLE_TELEMETRY` decides.
 *
 * Must come before the process's first session, and in its main thread: other threads set copies of
 * the environment that native code does not see.
 */
export function disableTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}
