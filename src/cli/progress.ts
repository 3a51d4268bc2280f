import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';

const load = createRequire(import.meta.url);

/** One step of long work, as node or hub reports it. */
export interface Progress {
  readonly kind: 'progress';
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly photosPerSecond?: number;
  readonly entriesPerSecond?: number;
}

/** A progress bar on a terminal's standard error; silent everywhere else. */
export class ProgressBar {
  private bar: SingleBar | undefined;
  private phase = '';

  readonly show = (event: unknown): void => {
    const progress = event as Progress;
    if (!process.stderr.isTTY || progress?.kind !== 'progress') return;
    if (progress.phase !== this.phase) {
      this.stop();
      this.phase = progress.phase;
      // Only here, as most commands never show one.
      const { SingleBar: Bar } = load('cli-progress') as typeof import('cli-progress');
      this.bar = new Bar({
        format: `${progress.phase.padEnd(11)} {bar} {value}/{total} {rate}`,
        stream: process.stderr,
        // Ctrl-C may end the process at any time: the terminal's state is left as it is.
        hideCursor: false,
        linewrap: true,
        barsize: 30,
        barCompleteChar: '█',
        barIncompleteChar: '░',
      });
      this.bar.start(progress.total, 0, { rate: '' });
    }
    this.bar?.setTotal(progress.total);
    this.bar?.update(progress.done, { rate: rateOf(progress) });
  };

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

function rateOf({ photosPerSecond, entriesPerSecond }: Progress): string {
  if (photosPerSecond) return `${photosPerSecond.toFixed(1)} photos/s`;
  return entriesPerSecond ? `${entriesPerSecond} entries/s` : '';
}
