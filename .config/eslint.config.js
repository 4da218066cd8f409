import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('..', import.meta.url));
const sizes = { skipBlankLines: false, skipComments: false };

/** What only the edges of the process may do; everywhere else it is handed in, so that tests own it. */
const ambientState = [
  { object: 'Date', property: 'now', message: 'take a Clock' },
  { object: 'performance', property: 'now', message: 'take a Clock' },
  { object: 'process', property: 'env', message: 'take the environment as a parameter' },
  { object: 'process', property: 'exit', message: 'set process.exitCode in src/cli' },
  { object: 'process', property: 'stdout', message: 'take a stream as a parameter' },
  { object: 'process', property: 'stderr', message: 'take a stream as a parameter' },
];

export default defineConfig(
  globalIgnores(['dist', 'coverage', 'src/config/generated', '**/fixtures', '**/golden', '**/expected']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: root } },
    rules: {
      'max-lines': ['error', { max: 300, ...sizes }],
      'max-lines-per-function': ['error', { max: 60, ...sizes }],
      'max-params': ['error', 4],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'child_process', message: 'write node:child_process' },
            { name: 'fs', message: 'write node:fs' },
            { name: 'path', message: 'write node:path' },
            { name: 'node:assert', message: 'return a Result, or throw for a bug' },
          ],
          patterns: [{ regex: '^\\.{1,2}/(.*/)?dist/', message: 'import the source' }],
        },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Node's types declare process and its streams as classes that nothing constructs.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // An asynchronous contract is often kept by a function that has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/bin.ts', 'src/cli/**', 'src/app/**', 'src/platform/**'],
    rules: {
      'no-restricted-properties': ['error', ...ambientState],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'take a Clock' },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400, ...sizes }],
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['bench/**/*.ts', '.config/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { console: false, process: false, URL: false, module: true } },
  },
);
