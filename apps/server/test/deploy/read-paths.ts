/** A value whose reads are noted, and the paths in it that nobody has read. */
export interface WatchedValue {
  readonly value: unknown;
  /** Paths that were never read, with dots between their keys. */
  unread(): readonly string[];
}

const childPath = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** Notes which parts of a value are read: a validator reads every key that its schema knows. */
export function watchedValue(original: unknown): WatchedValue {
  const read = new Set<string>();
  const watched = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    return new Proxy(value, {
      get(target, key, receiver) {
        const found: unknown = Reflect.get(target, key, receiver);
        if (typeof key !== 'string' || !Object.hasOwn(target, key)) return found;
        const child = childPath(path, key);
        read.add(child);
        return watched(found, child);
      },
    });
  };
  const unreadIn = (value: unknown, path: string): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, child]) => {
      const place = childPath(path, key);
      return read.has(place) ? unreadIn(child, place) : [place];
    });
  };
  return { value: watched(original, ''), unread: () => unreadIn(original, '') };
}
