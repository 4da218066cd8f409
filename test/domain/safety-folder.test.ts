import { describe, expect, it } from 'vitest';
import { isSafetyFolder, safetyFolderName } from '../../src/domain/safety-folder.ts';

const ID = '01m7yks1kh3rstg9hqad5w1n1n';

describe('the folder in which a restore keeps what it replaces', () => {
  it.each(['data', '.hidden', 'new\nline', 'ü'.repeat(127), 'x'.repeat(255)])(
    'is known by its name: %j',
    (name) => {
      const folder = safetyFolderName(name, ID);
      expect(isSafetyFolder(folder)).toBe(true);
      expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(255);
    },
  );

  it.each([
    'data',
    `data.backup-plan-${ID}`,
    '.data.backup-plan-',
    `.data.backup-plan-${ID}x`,
    '.backup-plan',
  ])('is not taken for %s', (name) => {
    expect(isSafetyFolder(name)).toBe(false);
  });
});
