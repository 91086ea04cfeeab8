import { expect, test } from 'vitest';

import { settingOptions, variableOf } from '../../src/settings/setting-options.js';
import { settingSchemas } from '../../src/settings/settings.js';
import { problemsOf, readManifests } from './manifests.js';

const manifests = await readManifests();
const named = (kind: string) => manifests.find((manifest) => manifest.kind === kind)!;
const [set, config] = [named('StatefulSet'), named('ConfigMap')];
const pod = set.spec.template;
const [server] = pod.spec.containers;

test('every manifest is what the schema of Kubernetes says', async () => {
  for (const manifest of manifests) {
    const { kind, metadata } = manifest;
    expect([kind, metadata.name, await problemsOf(manifest)]).toEqual([kind, metadata.name, []]);
  }
  expect(manifests.map(({ kind }) => kind).toSorted()).toEqual([
    'ConfigMap',
    'HorizontalPodAutoscaler',
    'NetworkPolicy',
    'PodDisruptionBudget',
    'Service',
    'Service',
    'StatefulSet',
  ]);
});

test('the check sees wrong types, missing and unknown keys', async () => {
  const changed = (change: (copy: any) => void) => {
    const copy = structuredClone(set);
    change(copy);
    return problemsOf(copy);
  };
  expect(await changed((copy) => (copy.spec.replicas = 'two'))).toHaveLength(1);
  expect(await changed((copy) => delete copy.spec.template)).toHaveLength(1);
  const misspelt = await changed((copy) => {
    copy.spec.template.spec.containers[0].readinesProbe = {};
  });
  expect(misspelt).toEqual(['spec.template.spec.containers.0.readinesProbe is unknown']);
  expect(await problemsOf({ ...set, kind: 'Stateful' })).toHaveLength(1);
});

test('settings are those of the server, with values that it takes', () => {
  const known = new Map(settingOptions.map(([key]) => [variableOf(key), key]));
  for (const [name, value] of Object.entries(config.data!)) {
    const key = known.get(name);
    expect([name, key && settingSchemas[key].safeParse(value).success]).toEqual([name, true]);
  }
});

test('probes, ports, names and times fit together', () => {
  const { http } = Object.fromEntries(
    server.ports.map((port: { name: string; containerPort: number }) => [port.name, port]),
  );
  expect(http.containerPort).toBe(8080);
  expect(server.startupProbe.httpGet.path).toBe('/health');
  expect(server.livenessProbe.httpGet.path).toBe('/health');
  expect(server.readinessProbe.httpGet.path).toBe('/ready');
  const { data } = config;
  const drainMs =
    Number(data!['Q_ANCHOR_DRAIN_DELAY_MS']) + Number(data!['Q_ANCHOR_DRAIN_TIMEOUT_MS']);
  expect(pod.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(drainMs + 15_000);
  expect(server.resources.limits.memory).toBe(server.resources.requests.memory);
  const mounts = server.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
  for (const folder of ['MODEL', 'STATE', 'CACHE_DIR']) {
    const path = data![`Q_ANCHOR_${folder}`]!;
    expect(mounts.some((mount: string) => path === mount || path.startsWith(`${mount}/`))).toBe(
      true,
    );
  }
  const scaler = named('HorizontalPodAutoscaler').spec;
  expect(scaler.scaleTargetRef).toMatchObject({ kind: 'StatefulSet', name: set.metadata.name });
  expect(scaler.metrics[0].pods.metric.name).toBe('q_anchor_queue_depth');
  const selectors = manifests.flatMap(
    ({ spec }) =>
      spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels ?? spec?.selector ?? [],
  );
  expect(selectors).toEqual(Array.from({ length: 5 }, () => pod.metadata.labels));
});
