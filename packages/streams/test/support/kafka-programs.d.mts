export const kafkaJars: string;
export function hasJava(): boolean;
export function hasMaven(): boolean;
export function kafkaObstacle(): string | undefined;
export function fetchKafka(): boolean;
