import { dualTowerParameters, type ServedModel } from '@q-anchor/dual-tower';

/** A model and its parameters. */
export type EncoderModel = Pick<ServedModel, 'config' | 'parameters' | 'collate'>;

/**
 * A model without the profile's modality: neither its parameters nor its columns.
 *
 * @throws {@link @q-anchor/core#InputError} if there is no other modality
 */
export function eventsOnly({ config, parameters, collate }: EncoderModel): EncoderModel {
  const own = { ...config, users: { ...config.users, tabularFeatures: 0 } };
  const names = new Set(Object.keys(dualTowerParameters(own)));
  return {
    config: own,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => names.has(name))),
    collate: { ...collate, tabular: { columns: [] } },
  };
}
