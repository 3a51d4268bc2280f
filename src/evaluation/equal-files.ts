/** For each photo the names of all that are the same file, its own among them. */
export function equalFiles(
  photos: readonly { readonly name: string; readonly sha256: string }[],
): Map<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { name, sha256 } of photos) {
    const equal = names.get(sha256);
    if (equal === undefined) names.set(sha256, [name]);
    else equal.push(name);
  }
  return new Map(photos.map(({ name, sha256 }) => [name, names.get(sha256)!]));
}
