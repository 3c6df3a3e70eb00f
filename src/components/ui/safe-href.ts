/** Blanks, control characters and `\` are dropped or bent by browsers as they read an address: nothing honest has them. */
const isBent = (character: string): boolean => character <= ' ' || character === '\u007f' || character === '\\';

/**
 * An address that may stand behind a link: a path of our own site or an https address. Everything else (`javascript:`,
 * `data:`, `//elsewhere`, plain http) gives null, and then there is no link.
 */
export function safeHref(address: string | null | undefined): { href: string; own: boolean } | null {
  if (!address || [...address].some(isBent)) return null;
  if (address.startsWith('/')) return address.startsWith('//') ? null : { href: address, own: true };
  if (!/^https:\/\//i.test(address) || !URL.canParse(address)) return null;
  return { href: address, own: false };
}
