/**
 * Characters that a name does not have: controls, line ends, everything that is drawn as nothing or turns the
 * direction of what follows, and code points without a meaning of their own. Two names that look the same
 * would otherwise be two names, and one could be made to look like another. A variation selector is allowed
 * behind the pictograph that it belongs to.
 *
 * Unicode categories: https://www.unicode.org/reports/tr44/#General_Category_Values
 */
const REFUSED =
  /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?<!\p{Extended_Pictographic})[\uFE0E\uFE0F]/u;

/**
 * Why a text is no name for people to read, as a sentence; `undefined` when it is one. Text that is not NFC
 * is checked as it stands.
 */
export function nameFault(text: string): string | undefined {
  const refused = REFUSED.exec(text)?.[0];
  if (refused === undefined) return undefined;
  const codePoint = refused.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return `It has the character U+${codePoint}, which is invisible, a control, or not assigned. Leave it out.`;
}
