import '../../platform/reflect-metadata.js';
import { type FileUpload, GraphQLUpload } from 'graphql-upload-ts';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { LineOfBusiness, Scope } from '../../protocol/enums.js';
import { check as checkPhotos } from '../check.js';
import type { CheckReport as Report } from '../check-report.js';
import { ingest } from '../ingest.js';
import { claimsOf } from '../intake/claims.js';
import type { Node } from '../node.js';
import type { NodeContext } from './context.js';
import { LineOfBusinessEnum, ScopeEnum } from './enums.js';
import { Photo } from './photo.js';
import { CheckReport, PhotoMatch, PhotoResult } from './report.js';
import { uploadedPhotos } from './uploaded-photos.js';

const MATCHES_PER_PHOTO = 10;

@Resolver(() => PhotoResult)
export class UploadResolver {
  @Mutation(() => CheckReport, { description: 'Adds photos to a claim and looks for duplicates.' })
  async ingestPhotos(
    @Arg('files', () => [GraphQLUpload]) files: Promise<FileUpload>[],
    @Arg('claim', () => String) claim: string,
    @Arg('lineOfBusiness', () => LineOfBusinessEnum, { nullable: true, defaultValue: 'UNSPECIFIED' })
    lineOfBusiness: LineOfBusiness | null,
    @Arg('check', () => Boolean, { nullable: true, defaultValue: true }) check: boolean | null,
    @Ctx() { node }: NodeContext,
  ): Promise<CheckReport> {
    const claimOf = await claimsOf({ claim });
    const photos = await uploadedPhotos(files);
    const request = { photos, claimOf, lineOfBusiness: lineOfBusiness ?? 'UNSPECIFIED', check: check ?? true };
    return toGraph(await ingest(node, request), node);
  }

  @Mutation(() => CheckReport, { description: 'Looks for duplicates of photos and keeps nothing.' })
  async checkPhotos(
    @Arg('files', () => [GraphQLUpload]) files: Promise<FileUpload>[],
    @Arg('scope', () => ScopeEnum, { nullable: true, defaultValue: 'ALL' }) scope: Scope | null,
    @Arg('deep', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'By tiles of each photo too: finds what a collage, a frame or a screen shows.',
    })
    deep: boolean | null,
    @Ctx() { node }: NodeContext,
  ): Promise<CheckReport> {
    const photos = await uploadedPhotos(files);
    const request = { photos, scope: scope ?? 'ALL', limit: MATCHES_PER_PHOTO, deep: deep ?? false };
    return toGraph(await checkPhotos(node, request), node);
  }

  @FieldResolver(() => Photo, { nullable: true, description: 'The photo as it was added.' })
  async photo(@Root() { entry }: PhotoResult, @Ctx() { node }: NodeContext): Promise<Photo | null> {
    const row = entry === null ? undefined : await node.store.photos.byEntry(entry);
    return row ? new Photo(row) : null;
  }
}

async function toGraph(report: Report, { store }: Node): Promise<CheckReport> {
  const results = report.photos.map(async (photo) => {
    const matches = photo.matches.map(async (match) => {
      const own = match.scope === 'OWN' ? await store.photos.byEntry(match.entry) : undefined;
      return new PhotoMatch(match, own?.file_name ?? null);
    });
    return new PhotoResult(photo, await Promise.all(matches));
  });
  return new CheckReport(report, await Promise.all(results));
}
