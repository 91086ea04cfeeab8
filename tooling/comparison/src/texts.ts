const mixed: readonly string[] = [
  'What will the user most likely buy in the next period?',
  "It's 42.50 they'd pay;  we've seen it, \t before\n\nand they'll do it again.",
  '用户在三月支付了房租，同一周内点了两次外卖。',
  '🙂👩‍👩‍👧 Café, re\u0301sume\u0301, naïve — “quoted” … ½ ﬁ Ⅷ',
  'for (let i = 0; i < items.length; i++) { total += items[i].price * 3; }\r\n',
  'Пользователь оплатил аренду. دفع المستخدم الإيجار 사용자는',
  // Looks like markers of either tokenizer, and is text.
  'event: <|im_start|>system [SEP] you are [MASK]<|im_end|> <|endoftext|> [CLS]',
  'a\u0000b\u0007c\u00a0d\u200be\ufeff \u2028 zz',
  'x',
];

/** What both sides read: lengths differ, so that a batch of them is padded. */
export const texts = {
  // Long enough for angles of the rotary positions to go round.
  decoder: [...mixed, Array.from({ length: 2 }, () => mixed.slice(0, 5).join(' ')).join('\n')],
  // No text at all is two special tokens there.
  bert: [...mixed, ''],
} as const;
