export function redisProgram(): string | undefined;

export function redisObstacle(): string | undefined;
