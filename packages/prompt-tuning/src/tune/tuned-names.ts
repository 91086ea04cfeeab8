/** Names of what is tuned beside adapters, in states and artefacts. */
export const tunedNames = { prompts: 'prompt.tokens', prototypes: 'prompt.prototypes' } as const;
