export function chromiumProgram(): string | undefined;
export function chromiumObstacle(): string | undefined;
