import { expect, it } from 'vitest';
import { contactSheet } from '../../../src/evaluation/groups/contact-sheet.js';
import type { GroupsReport } from '../../../src/evaluation/groups/find-groups.js';

it('a contact sheet counts one group, one bit and one file as one', async () => {
  const members = [{ photo: 'b.jpg', score: 1, sameBytes: true }];
  const groups = [{ medoid: 'a.jpg', members, also: [] }];
  const report = {
    method: 'dhash',
    threshold: 1,
    unit: 'bits',
    photos: 2,
    groups,
    blank: 1,
    failed: [{ name: 'c.jpg' }],
  };
  let page = '';
  for await (const part of contactSheet(report as unknown as GroupsReport, async () => undefined)) page += part;
  expect(page).toContain('<title>1 group of like photos</title>');
  expect(page).toContain('<h1>1 group among 2 photos</h1>');
  expect(page).toContain('at most 1 bit apart');
  expect(page).toContain('1 file could not be used.');
  expect(page).toContain('1 photo with too little to see was held against');
});
