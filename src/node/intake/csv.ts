import { ClaimprintError } from '../../protocol/errors.js';

/**
 * Rows of a CSV text (RFC 4180; also with semicolons, as spreadsheets in many countries write it). Empty lines are dropped.
 * @throws BAD_REQUEST if the text is no CSV
 */
export function parseCsv(text: string): string[][] {
  const content = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(content)) {
    throw notCsv('it is no text in UTF-8 or Windows-1252');
  }
  const separator = separatorOf(content);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = () => {
    row.push(cell.trim());
    cell = '';
  };
  const endRow = () => {
    endCell();
    if (row.some((value) => value !== '')) rows.push(row);
    row = [];
  };
  for (let i = 0; i < content.length; i++) {
    const character = content[i]!;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (content[i + 1] === '"') cell += content[++i];
      else quoted = false;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (character === separator) endCell();
    else if (character === '\n') endRow();
    else cell += character;
  }
  if (quoted) throw notCsv('a quotation mark in it is never closed');
  endRow();
  return rows;
}

/** The separator that more lines have outside quotes. Where all have both, commas belong to names more often. */
function separatorOf(content: string): ',' | ';' {
  const lines = content.split('\n').map((line) => line.replace(/"[^"]*"/g, ''));
  const linesWith = (separator: string) => lines.filter((line) => line.includes(separator)).length;
  const semicolons = linesWith(';');
  return semicolons > 0 && semicolons >= linesWith(',') ? ';' : ',';
}

function notCsv(reason: string): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', `The list is not a CSV file: ${reason}.`);
}
