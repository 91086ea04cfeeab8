/** Name of the decoder's embedding table. */
export const tokenTable = 'model.embed_tokens.weight';
