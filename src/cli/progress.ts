import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';

const load = createRequire(import.meta.url);

/** Before that a rate says little. */
const SURE_AFTER_SECONDS = 0.5;

/** One step of long work, as node or hub reports it. */
export interface Progress {
  readonly kind: 'progress';
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly photosPerSecond?: number;
  readonly entriesPerSecond?: number;
}

/** A progress bar on a terminal, standard error if not given; silent everywhere else. */
export class ProgressBar {
  private readonly stream: NodeJS.WriteStream;
  private bar: SingleBar | undefined;
  private phase = '';
  private start: { readonly phase: string; readonly done: number; readonly atMs: number } | undefined;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
  }

  /** Shows what node or hub reports, with the rate that stands in it. */
  readonly show = (event: unknown): void => {
    const progress = event as Progress;
    if (progress?.kind === 'progress') this.draw(progress, rateOf(progress));
  };

  /**
   * Shows how far a phase is, and how fast since it began: what was done when it was first shown cost nothing.
   * @param unit what is counted
   */
  readonly count = (phase: string, done: number, total: number, unit: 'photos' | 'pairs' = 'photos'): void => {
    if (this.start?.phase !== phase) this.start = { phase, done, atMs: performance.now() };
    const seconds = (performance.now() - this.start.atMs) / 1000;
    const isSure = seconds > SURE_AFTER_SECONDS && done > this.start.done;
    this.draw({ phase, done, total }, isSure ? rateText((done - this.start.done) / seconds, unit) : '');
  };

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private draw({ phase, done, total }: Pick<Progress, 'phase' | 'done' | 'total'>, rate: string): void {
    if (!this.stream.isTTY) return;
    if (phase !== this.phase) {
      this.stop();
      this.phase = phase;
      // Only here, as most commands never show one.
      const { SingleBar: Bar } = load('cli-progress') as typeof import('cli-progress');
      this.bar = new Bar({
        format: `${phase.padEnd(11)} {bar} {value}/{total} {rate}`,
        stream: this.stream,
        // Ctrl-C may end the process at any time: the terminal's state is left as it is.
        hideCursor: false,
        linewrap: true,
        barsize: 30,
        barCompleteChar: '█',
        barIncompleteChar: '░',
      });
      this.bar.start(total, 0, { rate: '' });
    }
    this.bar?.setTotal(total);
    this.bar?.update(done, { rate });
  }
}

function rateOf({ photosPerSecond, entriesPerSecond }: Progress): string {
  if (photosPerSecond) return rateText(photosPerSecond, 'photos');
  return entriesPerSecond ? `${entriesPerSecond} entries/s` : '';
}

function rateText(perSecond: number, unit: string): string {
  return `${perSecond.toFixed(1)} ${unit}/s`;
}
