/** Something that takes long to open: it is opened when it is first wanted, and again if that has failed. */
export interface OpenedOnce<Opened> {
  /** @throws whatever opening it throws */
  get(): Promise<Opened>;
  /** Closes it if it is open, or about to be. */
  close(): Promise<void>;
}

export function openedOnce<Opened>(
  open: () => Promise<Opened>,
  close: (opened: Opened) => Promise<void>,
): OpenedOnce<Opened> {
  let opening: Promise<Opened> | undefined;
  return {
    get: () => {
      opening ??= open().catch((error) => {
        opening = undefined;
        throw error;
      });
      return opening;
    },
    close: async () => {
      const opened = await opening?.catch(() => undefined);
      if (opened !== undefined) await close(opened);
    },
  };
}
