/** What a terminal gives two columns: East Asian wide and fullwidth characters (UAX #11), and emoji. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303e\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
/** The halfwidth forms of such scripts. */
const HALF_WIDTH = /[\uff61-\uffdc\uffe8-\uffee]/g;
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

let graphemes: Intl.Segmenter | undefined;

/** Columns that a text without control characters takes on a terminal. */
export function displayWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += graphemeWidth(segment);
  return columns;
}

/** What the user sees as one character, of however many it is composed. */
function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  const halves = grapheme.match(HALF_WIDTH);
  if (halves) return halves.length;
  return WIDE.test(grapheme) ? 2 : 1;
}
