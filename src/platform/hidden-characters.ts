/**
 * Characters that nobody sees and that change what is seen: controls, line and paragraph separators, those that turn the
 * direction of writing (UAX #9), and what takes no room (Default_Ignorable_Code_Point, UAX #44). Kept is what one character
 * on the screen is composed of: joiners between emoji, and variation selectors behind what has variants.
 */
const HIDDEN = [
  String.raw`[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufff9-\ufffb]`,
  String.raw`(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d|\u200d(?!\p{Extended_Pictographic})`,
  String.raw`(?<![\p{Extended_Pictographic}\p{Script=Han}\p{Script=Mongolian}])\p{Variation_Selector}(?!\u20e3)`,
  String.raw`(?![\u200d\p{Variation_Selector}])\p{Default_Ignorable_Code_Point}`,
].join('|');
const ANY = new RegExp(HIDDEN, 'u');
const EACH = new RegExp(HIDDEN, 'gu');

export function hasHidden(text: string): boolean {
  return ANY.test(text);
}

export function replaceHidden(text: string, by: string): string {
  return text.replace(EACH, by);
}

/** Text that others chose (file names, claims, a hub's words) without what would steer a terminal, or show as another text than it is. */
export function plain(text: string): string {
  return replaceHidden(text, '\ufffd');
}
