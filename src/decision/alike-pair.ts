/** Two members of a list and how alike they are. */
export interface AlikePair {
  readonly a: number;
  readonly b: number;
  readonly score: number;
}
