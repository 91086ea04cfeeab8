/** The token that ends a text; the end-of-text token of the Qwen family. */
export const endOfText = '<|endoftext|>';
