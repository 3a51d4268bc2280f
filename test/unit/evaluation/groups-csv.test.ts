import { describe, expect, it } from 'vitest';
import type { GroupsReport } from '../../../src/evaluation/groups/find-groups.js';
import { groupsCsv } from '../../../src/evaluation/groups/groups-csv.js';

const csv = (names: readonly string[]) => {
  const [medoid, photo, also] = names as [string, string, string];
  const group = {
    medoid,
    members: [{ photo, score: -0.5, sameBytes: false }],
    also: [{ photo: also, like: photo, score: 0.9 }],
  };
  return groupsCsv({ groups: [group] } as unknown as GroupsReport);
};

describe('groups as CSV', () => {
  it('gives a spreadsheet no name of a file to run as a formula, and leaves numbers and other names as they are', () => {
    expect(csv(['=HYPERLINK("http://x.example";"a").jpg', '+1.jpg', '-2.jpg']).split('\r\n').slice(1, 4)).toEqual([
      `1,"'=HYPERLINK(""http://x.example"";""a"").jpg",medoid,1,`,
      `1,'+1.jpg,alike,-0.5,"'=HYPERLINK(""http://x.example"";""a"").jpg"`,
      "1,'-2.jpg,also,0.9,'+1.jpg",
    ]);
    expect(csv(['@SUM(A1).jpg', '\t=1+1.jpg', 'in/=1.jpg'])).toContain("'@SUM(A1).jpg,medoid");
    expect(csv(['@SUM(A1).jpg', '\t=1+1.jpg', 'in/=1.jpg'])).toContain("'\t=1+1.jpg,alike");
    expect(csv(['a.jpg', 'b.jpg', 'in/=1.jpg'])).not.toContain("'");
  });
});
