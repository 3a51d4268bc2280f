/** One step of long work. */
export interface Progress {
  readonly kind: 'progress';
  readonly phase: 'fingerprint' | 'submit' | 'search' | 'reseal' | 'verify';
  readonly done: number;
  readonly total: number;
  readonly photosPerSecond?: number;
}

export type OnProgress = (progress: Progress) => void;

/** Counts the photos of a phase and says how fast they go. */
export function countPhotos(phase: Progress['phase'], total: number, onProgress: OnProgress): () => void {
  const startedMs = performance.now();
  let done = 0;
  return () => {
    done++;
    const seconds = (performance.now() - startedMs) / 1000;
    onProgress({ kind: 'progress', phase, done, total, ...(seconds > 0.5 && { photosPerSecond: done / seconds }) });
  };
}
