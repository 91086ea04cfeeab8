export function postgresFolder(): string | undefined;

export function serverUser(): { readonly uid?: number; readonly gid?: number } | undefined;

export function postgresObstacle(): string | undefined;
