import { readdir, readFile } from 'node:fs/promises';

import * as appsV1 from 'kubernetes-models/apps/v1';
import * as autoscalingV2 from 'kubernetes-models/autoscaling/v2';
import * as networkingV1 from 'kubernetes-models/networking.k8s.io/v1';
import * as policyV1 from 'kubernetes-models/policy/v1';
import * as coreV1 from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

import { watchedValue } from './read-paths.js';

/** A Kubernetes object, as far as tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // Tests look into it without ceremony.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
}

const folder = new URL('../../deploy/kubernetes/', import.meta.url);

/** All objects of the folder. */
export async function readManifests(): Promise<readonly Manifest[]> {
  const names = (await readdir(folder)).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  return texts.flatMap((text) =>
    parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
      if (document.errors[0]) throw document.errors[0];
      return document.toJS() as Manifest;
    }),
  );
}

interface Model {
  validate(): void;
}

/** Kinds by version of the API. */
const models = {
  v1: coreV1,
  'apps/v1': appsV1,
  'autoscaling/v2': autoscalingV2,
  'networking.k8s.io/v1': networkingV1,
  'policy/v1': policyV1,
} as unknown as Readonly<Record<string, Readonly<Record<string, new (data: object) => Model>>>>;

/**
 * What Kubernetes's own schema says against an object; keys that it doesn't know, too.
 *
 * @param manifest - the object
 */
export async function problemsOf(manifest: Manifest): Promise<readonly string[]> {
  const { apiVersion, kind } = manifest;
  const Kind = (models[apiVersion] ?? {})[kind];
  if (!Kind) return [`no schema of ${apiVersion} ${kind}`];
  const watched = watchedValue(manifest);
  try {
    // The model copies what it is made from; what it validates is watched.
    Object.assign(new Kind(manifest), watched.value).validate();
  } catch (error) {
    return [(error as Error).message];
  }
  return watched.unread().map((path) => `${path} is unknown`);
}
