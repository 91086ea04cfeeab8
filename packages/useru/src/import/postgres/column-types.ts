import type { FieldDef } from 'pg';

/** The engine's type for a server's type by its object id; the rest comes as the server writes it. */
const typeByObjectId: Readonly<Record<number, string>> = {
  16: 'BOOLEAN',
  20: 'BIGINT',
  21: 'SMALLINT',
  23: 'INTEGER',
  26: 'BIGINT', // oid
  114: 'JSON',
  // A float4 is written with as many digits as tell it apart: as DOUBLE 0.1 stays 0.1.
  700: 'DOUBLE',
  701: 'DOUBLE',
  1082: 'DATE',
  1083: 'TIME',
  1114: 'TIMESTAMP',
  1184: 'TIMESTAMPTZ',
  2950: 'UUID',
  3802: 'JSON', // jsonb
};

const numericObjectId = 1700;

/** The type that a column of the server gets in the engine. */
export function columnType({ dataTypeID, dataTypeModifier }: FieldDef): string {
  if (dataTypeID !== numericObjectId) return typeByObjectId[dataTypeID] ?? 'VARCHAR';
  if (dataTypeModifier < 4) return 'DOUBLE';
  const precision = (dataTypeModifier - 4) >> 16;
  const scale = (dataTypeModifier - 4) & 0xffff;
  return precision <= 38 && scale <= precision ? `DECIMAL(${precision}, ${scale})` : 'DOUBLE';
}
