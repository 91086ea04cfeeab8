/** A text without the passwords of the addresses in it. */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(/(\w:\/\/[^\s/:@"']*):[^\s"']*@/gu, '$1:***@')
    .replaceAll(/([?&](?:password|sslpassword)=)[^\s&"']*/giu, '$1***');
}
