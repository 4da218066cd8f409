import type { Contents } from './contents.ts';

/** What `.dump` leaves out and only an empty database accepts. */
export function preamble({ pragmas }: Contents): string {
  const { encoding, pageSize, userVersion, applicationId } = pragmas;
  return [
    `PRAGMA encoding='${encoding}';`,
    `PRAGMA page_size=${String(pageSize)};`,
    `PRAGMA user_version=${String(userVersion)};`,
    `PRAGMA application_id=${String(applicationId)};`,
  ].join('\n');
}

/** SQL that makes the same empty database; virtual tables make their shadow tables themselves. */
export function schemaText(contents: Contents): string {
  const statements = contents.objects.filter(({ sql, shadow }) => sql !== null && shadow === 0);
  // The newline ends a trailing comment in the text, which SQLite keeps as it was typed.
  const lines = statements.map(({ sql }) => `${String(sql)}\n;`);
  return [preamble(contents), 'BEGIN TRANSACTION;', ...lines, 'COMMIT;', ''].join('\n');
}
