import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** Bounds of the database engine behind an import or an open dataset. */
export interface DatabaseLimits {
  /** Memory the engine may use before it spills to disk, in MiB; default 1024. */
  readonly memoryLimitMebibytes?: number;
  /** Worker threads of the engine. */
  readonly threads?: number;
}

/** A running DuckDB and the one connection most of the work goes through. */
export interface Database {
  readonly connection: DuckDBConnection;
  /** A further connection: each can have one result streaming. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** Starts DuckDB without its download-on-demand extensions; `path` is a file or `:memory:`. */
export async function openDatabase(
  path: string,
  options: DatabaseLimits & { readonly spillDirectory?: string },
): Promise<Database> {
  const { memoryLimitMebibytes = 1024, threads = 1, spillDirectory } = options;
  const instance = await DuckDBInstance.create(path, {
    memory_limit: `${memoryLimitMebibytes}MiB`,
    threads: `${threads}`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(spillDirectory === undefined ? {} : { temp_directory: spillDirectory }),
  });
  const connect = async (): Promise<DuckDBConnection> => {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  };
  const connection = await connect();
  return {
    connection,
    connect,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
