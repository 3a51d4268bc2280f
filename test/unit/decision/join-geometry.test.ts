import { describe, expect, it } from 'vitest';
import { GEOMETRY_VERDICTS, joinGeometry } from '../../../src/decision/judge-geometry.js';
import { BANDS } from '../../../src/protocol/enums.js';

describe('a decision joined with what points and pixels say', () => {
  it('moves by one step at most, and never to NONE', () => {
    for (const band of BANDS) {
      for (const verdict of GEOMETRY_VERDICTS) {
        const joined = joinGeometry(band, verdict);
        expect(Math.abs(BANDS.indexOf(joined) - BANDS.indexOf(band))).toBeLessThanOrEqual(1);
        if (band !== 'NONE') expect(joined).not.toBe('NONE');
      }
    }
  });

  it('is stronger for a copy, a matter of review for another photo of the scene, and else as it was', () => {
    expect(BANDS.map((band) => joinGeometry(band, 'COPY'))).toEqual(
      BANDS.map((band) => (band === 'NONE' ? 'REVIEW' : 'DUPLICATE')),
    );
    expect(BANDS.map((band) => joinGeometry(band, 'SAME_SCENE'))).toEqual(
      BANDS.map((band) => (band === 'DUPLICATE' ? 'REVIEW' : band)),
    );
    expect(BANDS.map((band) => joinGeometry(band, 'NONE'))).toEqual([...BANDS]);
  });
});
