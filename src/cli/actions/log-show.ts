import { showLogEntry } from '../../commands/log.ts';
import { logEntryLines } from '../../views/log/human.ts';
import { logEntryDocument } from '../../views/log/json.ts';
import type { Action } from '../action.ts';
import type { LogShowOptions } from '../definitions/log.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';

export const run: Action<LogShowOptions> = ([serial = ''], options, io) =>
  eachReading(io, options, async ({ ports, workspace }) => {
    const { key: keyFiles = [], passphraseFile } = options;
    const passphrase = passphraseFile === undefined ? {} : { passphraseFile };
    const entry = await showLogEntry(ports, workspace, { serial: Number(serial), keyFiles, ...passphrase });
    if (!entry.ok) return printFailure(io, entry.failure, options);
    if (options.json === true) printJson(io, logEntryDocument(entry.value));
    else printLines(io.stdout, logEntryLines(entry.value, styleFor(io.stdout, io, options)));
    return 0;
  });
