import type { Reliability } from '../metrics/calibration-error.js';
import type { CalibrationReport } from '../reliability.js';
import { COLOURS, line, PERCENT_TICKS, plot } from './plot.js';

/** What came true of the probabilities that were said: on the diagonal they are right. */
export function reliabilityPlot({ pairs, bestMatches }: CalibrationReport): string {
  const error = ({ error: value }: Reliability): string => (value === null ? '—' : value.toFixed(4));
  const curves = [
    [pairs, COLOURS.others],
    [bestMatches, COLOURS.copies],
  ] as const;
  return plot({
    title: 'Reliability of the probabilities',
    subtitle: `expected calibration error: all pairs ${error(pairs)}, best matches ${error(bestMatches)}`,
    x: { label: 'probability that was said', from: 0, to: 1, ticks: PERCENT_TICKS },
    y: { label: 'share that were copies', from: 0, to: 1.02, ticks: PERCENT_TICKS },
    draw: (place) => {
      const diagonal = line([place(0, 0), place(1, 1)], '#888888', ' stroke-dasharray="4 4"');
      const drawn = curves.map(([{ bins }, colour]) => {
        const filled = bins.filter(({ said }) => said !== null);
        const points = filled.map(({ said, cameTrue }) => place(said!, cameTrue!));
        const dots = filled.map(({ count }, i) => {
          const [x, y] = points[i]!;
          return `<circle cx="${x}" cy="${y}" r="${(3 + Math.log10(count)).toFixed(1)}" fill="${colour}"/>`;
        });
        return line(points, colour) + dots.join('');
      });
      return diagonal + drawn.join('');
    },
    legend: [
      { label: 'all pairs, copies as rare as assumed', colour: COLOURS.others },
      { label: 'best match of each photo', colour: COLOURS.copies },
    ],
  });
}
