// Just enough of the protobuf encoding for the few fixed models this folder makes itself: field
// numbers below 16 and lengths below 128, so that tags and lengths are one byte each.

/** Bytes of a field that holds a message. */
export const messageField = (field: number, content: readonly number[]): number[] => [
  field * 8 + 2,
  content.length,
  ...content,
];

/** Bytes of a text field. */
export const textField = (field: number, value: string): number[] =>
  messageField(field, [...new TextEncoder().encode(value)]);

/** Bytes of a field that holds an integer from 0 to 127. */
export const integerField = (field: number, value: number): number[] => [field * 8, value];
