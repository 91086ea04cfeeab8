import type { RowRule, Stage } from './stage.js';

const numeric =
  /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)|BIGNUM|BOOLEAN)$/u;
const dated = /^(DATE|TIMESTAMP.*)$/u;
const worded = /^(VARCHAR|ENUM\(.*\)|UUID)$/u;

/** Whether a column type holds numbers (or booleans, which count as 0 and 1). */
export const isNumeric = (type: string): boolean => numeric.test(type);

/** Whether a column type holds dates or timestamps. */
export const isDated = (type: string): boolean => dated.test(type);

/** Whether a column type holds words. */
export const isWorded = (type: string): boolean => worded.test(type);

/** Days since 1970-01-01 of a date or timestamp expression; null where it is no date. */
export const daysOfDate = (expression: string): string =>
  `epoch(TRY_CAST(${expression} AS TIMESTAMP)) / 86400.0`;

/** A time column as DOUBLE days: numbers as they are, dates as days since 1970-01-01. */
export const timeColumn = (
  stage: Stage,
  column: string,
): { readonly sql: string; readonly rules: readonly RowRule[] } => {
  const type = stage.columns.get(column) ?? '';
  const expected = `${column} as a number of days, a date or a timestamp`;
  if (isWorded(type)) {
    const sql = daysOfDate(column);
    const fix = 'Cast it in the SQL: a number with CAST, another date form with strptime';
    const noDate = `${sql} IS NULL OR NOT isfinite(${sql})`;
    return {
      sql,
      rules: [
        // One bad word in a file makes texts of all its numbers: the word is what to name.
        { broken: `(${noDate}) AND TRY_CAST(${column} AS DOUBLE) IS NULL`, expected, fix },
        { broken: noDate, expected: `${expected}, not a number as text`, fix },
      ],
    };
  }
  if (!isNumeric(type) && !isDated(type)) throw stage.problem(expected, `type ${type}`);
  const sql = isNumeric(type) ? `CAST(${column} AS DOUBLE)` : daysOfDate(column);
  return { sql, rules: [{ broken: `${sql} IS NULL OR NOT isfinite(${sql})`, expected }] };
};

/** A user id as text; it may not be null or empty. */
export const userColumn = 'CAST(user_id AS VARCHAR)';

/** The rule every section has for its users. */
export const userRule: RowRule = {
  broken: `user_id IS NULL OR ${userColumn} = ''`,
  expected: 'a user_id in every row',
};

/** The rule of sections that tell something of a user at a time, given as SQL, once. */
export const onceRule = (stage: Stage, timeSql: string): RowRule => ({
  broken: `rowid IN (SELECT row_id FROM (
    SELECT rowid AS row_id, row_number() OVER (PARTITION BY ${userColumn}, ${timeSql} ORDER BY rowid) AS nth
    FROM ${stage.table}) WHERE nth > 1)`,
  expected: 'each (user_id, reference_time) once',
});

/** An optional column of finite numbers as DOUBLE; null where the SQL does not give it. */
export const numberColumn = (
  stage: Stage,
  column: string,
): { sql: string; rules: readonly RowRule[] } => {
  const type = stage.columns.get(column);
  if (type === undefined) return { sql: 'CAST(NULL AS DOUBLE)', rules: [] };
  const sql = `TRY_CAST(${column} AS DOUBLE)`;
  return {
    sql,
    rules: [
      {
        broken: `${column} IS NOT NULL AND (${sql} IS NULL OR NOT isfinite(${sql}))`,
        expected: `${column} as a finite number or null`,
      },
    ],
  };
};

/** A text column, and SQL that is true where it has no text. */
export const textColumn = (column: string): { sql: string; empty: string } => {
  const sql = `CAST(${column} AS VARCHAR)`;
  return { sql, empty: `(${column} IS NULL OR trim(${sql}) = '')` };
};
