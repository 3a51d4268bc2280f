import { constants, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, lstat, open, realpath, statfs } from 'node:fs/promises';
import { sep } from 'node:path';
import { ClaimprintError } from '../../protocol/errors.js';

/** File systems of Linux whose "files" are doors into the kernel and into processes (statfs(2), linux/magic.h). */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x1cd1, // devpts
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xcafe4a11, // bpf
  0x958458f6, // hugetlbfs
  0x6165676c, // pstore
]);

/** A path that may be read, and what it led to. */
interface AdmittedPath {
  /** Without links, `.` and `..`. */
  readonly realPath: Buffer;
  readonly stats: Stats;
}

/** A file that may be read. */
export interface OpenFile {
  readonly file: FileHandle;
  /** In bytes. */
  readonly size: number;
}

/**
 * The folders that photos and lists of claims are read from. A path reaches the node in more ways than one, and what it
 * says counts for nothing: where it really leads decides. Pipes, devices and the kernel's own files are never opened.
 */
export class PhotoRoots {
  private readonly roots: readonly string[] | undefined;
  private readonly forbidden: readonly string[];
  /** Devices that files were admitted from: what kind of file system a device holds need not be asked for each photo. */
  private readonly ordinary = new Set<number>();

  /**
   * @param roots undefined: anywhere
   * @param forbidden folders that nothing is read from all the same, like the node's own with its keys
   * @param absent what a root is taken for that is no folder now
   * @throws BAD_REQUEST for a root that is no folder, unless told otherwise
   */
  constructor(roots?: readonly string[], forbidden: readonly string[] = [], absent = refuseRoot) {
    this.roots = roots?.map((root) => realFolder(root, absent));
    this.forbidden = forbidden.map((folder) => realFolder(folder));
  }

  /**
   * @param path bytes where its name is not UTF-8
   * @throws PATH_REFUSED, NOT_FOUND, NOT_READABLE
   */
  async admit(path: string | Buffer): Promise<AdmittedPath> {
    if (path.includes('\0')) throw refused();
    try {
      const realPath = await realpath(path, { encoding: 'buffer' });
      this.check(realPath.toString());
      const stats = await lstat(realPath);
      await this.checkFileSystem(realPath, stats);
      return { realPath, stats };
    } catch (error) {
      throw fileError(error);
    }
  }

  /**
   * Opens a regular file for reading. Of anything else not even `open` is called: with a pipe it waits, with a device it
   * may do things.
   * @throws PATH_REFUSED, NOT_FOUND, NOT_READABLE, UNSUPPORTED
   */
  async open(path: string | Buffer): Promise<OpenFile> {
    const { realPath, stats } = await this.admit(path);
    checkRegular(stats);
    let file: FileHandle | undefined;
    try {
      file = await open(realPath, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      return { file, size: await this.checkSame(file, stats) };
    } catch (error) {
      await file?.close();
      throw fileError(error);
    }
  }

  private async checkFileSystem(realPath: Buffer, { dev }: Stats): Promise<void> {
    if (process.platform !== 'linux' || this.ordinary.has(dev)) return;
    if (KERNEL_FILE_SYSTEMS.has((await statfs(realPath)).type)) throw refused();
    this.ordinary.add(dev);
  }

  /**
   * Between the look and the opening somebody may have put something else in the file's place, or in its folder's.
   * @returns its size in bytes
   */
  private async checkSame(file: FileHandle, seen: Stats): Promise<number> {
    const stats = await file.stat();
    checkRegular(stats);
    if (stats.dev !== seen.dev || stats.ino !== seen.ino) throw refused();
    // Answered out of the kernel's memory, without the file system.
    if (process.platform === 'linux') this.check(readlinkSync(`/proc/self/fd/${file.fd}`));
    return stats.size;
  }

  private check(realPath: string): void {
    const within = (folder: string) => realPath === folder || realPath.startsWith(withSeparator(folder));
    if (this.forbidden.some(within) || !(this.roots?.some(within) ?? true)) throw refused();
  }
}

function refuseRoot(path: string): string {
  throw new ClaimprintError('BAD_REQUEST', `${path} is no folder that photos could be read from.`);
}

function realFolder(path: string, absent = refuseRoot): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch {
    // Judged below.
  }
  return absent(path);
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}

function checkRegular(stats: Stats): void {
  if (stats.isDirectory()) throw new ClaimprintError('UNSUPPORTED', 'This is a folder, not a photo.');
  if (!stats.isFile()) throw new ClaimprintError('UNSUPPORTED', 'This is a pipe or device, not a photo.');
}

function refused(): ClaimprintError {
  return new ClaimprintError('PATH_REFUSED', 'The path leads out of the folders that this node reads photos from.');
}

/** What a failed call of the file system means. Coded errors pass. */
export function fileError(cause: unknown): ClaimprintError {
  if (cause instanceof ClaimprintError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ClaimprintError('NOT_FOUND', 'There is no such file or folder.', { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ClaimprintError('NOT_READABLE', 'This user has no right to read it.', { cause });
  }
  return new ClaimprintError('NOT_READABLE', 'It cannot be read.', { cause });
}
