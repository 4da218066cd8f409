import type { Diagnostic } from '../../domain/diagnostic.ts';
import {
  BANDWIDTH_PATTERN,
  DURATION_PATTERN,
  SIZE_PATTERN,
  TIME_LIMIT_PATTERN,
} from '../../domain/quantity.ts';
import { FILE_MODE_PATTERN, OWNER_PATTERN } from '../schema/restore.ts';
import { PERCENT_PATTERN } from '../schema/shape.ts';

interface Form {
  readonly code: Diagnostic['code'];
  readonly noun: string;
  readonly help: string;
}

/** What a text that must fit one of these patterns is, in words. */
export const FORMS: Readonly<Record<string, Form>> = {
  [DURATION_PATTERN]: {
    code: 'BP1111',
    noun: 'a duration',
    help: 'Write a whole number and a unit: 90s, 15m, 6h, 30d or 2w.',
  },
  [SIZE_PATTERN]: {
    code: 'BP1112',
    noun: 'a size',
    help: 'Write a whole number and a unit: 512KiB, 1MiB, 20GB or 1TiB.',
  },
  [TIME_LIMIT_PATTERN]: {
    code: 'BP1111',
    noun: 'a time limit',
    help: 'Write a whole number, not 0, and a unit: 30s, 2m or 1h.',
  },
  [BANDWIDTH_PATTERN]: {
    code: 'BP1112',
    noun: 'a bandwidth',
    help: 'Write a whole number, not 0, and a unit in a second: 500KiB/s, 50MiB/s or 1GB/s.',
  },
  [PERCENT_PATTERN]: {
    code: 'BP1113',
    noun: 'a percentage',
    help: 'Write a whole number from 0 to 100 and a percent sign: 50%.',
  },
  [OWNER_PATTERN]: {
    code: 'BP1105',
    noun: 'an owner',
    help: 'Write "user:group", "user" or ":group", in names or numbers and in quotes.',
  },
  [FILE_MODE_PATTERN]: {
    code: 'BP1105',
    noun: 'a file mode',
    help: 'Write the permission bits in octal and in quotes: "0640".',
  },
};
