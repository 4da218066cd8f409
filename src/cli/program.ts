import { Command } from 'commander';
import { VERSION } from '../version.ts';
import type { Io } from './action.ts';
import { applyDefinition } from './definitions/apply.ts';
import { backupDefinition } from './definitions/backup.ts';
import { catDefinition } from './definitions/cat.ts';
import { completionDefinition } from './definitions/completion.ts';
import { configDefinition } from './definitions/config.ts';
import { doctorDefinition } from './definitions/doctor.ts';
import { explainDefinition } from './definitions/explain.ts';
import { exportDefinition } from './definitions/export.ts';
import { graphDefinition } from './definitions/graph.ts';
import { initDefinition } from './definitions/init.ts';
import { keyDefinition } from './definitions/key.ts';
import { listDefinition } from './definitions/list.ts';
import { logDefinition } from './definitions/log.ts';
import { pinDefinition, undeleteDefinition, unpinDefinition } from './definitions/pin.ts';
import { planDefinition } from './definitions/plan.ts';
import { pruneDefinition } from './definitions/prune.ts';
import { restoreDefinition } from './definitions/restore.ts';
import { scheduleDefinition } from './definitions/schedule.ts';
import { showDefinition } from './definitions/show.ts';
import { statusDefinition } from './definitions/status.ts';
import { undoDefinition } from './definitions/undo.ts';
import { validateDefinition } from './definitions/validate.ts';
import { verifyDefinition } from './definitions/verify.ts';

/** In the order of a new user's questions. */
const GROUPS = {
  'Write a plan:': [initDefinition, validateDefinition, explainDefinition, configDefinition],
  'Take backups:': [graphDefinition, planDefinition, applyDefinition, backupDefinition, scheduleDefinition],
  'Look at them:': [listDefinition, showDefinition, statusDefinition, verifyDefinition, logDefinition],
  'Bring them back:': [restoreDefinition, undoDefinition, catDefinition, exportDefinition],
  'Keep and delete them:': [pruneDefinition, pinDefinition, unpinDefinition, undeleteDefinition],
  'Look after it:': [keyDefinition, doctorDefinition, completionDefinition],
} as const;

/** The command line as a value: also what completion and the help tests walk. */
export function createProgram(io: Io): Command {
  const program = new Command('backup-plan')
    .description('Terraform for backups: plans in git, OpenPGP bundles that stock tools can restore')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showSuggestionAfterError()
    .showHelpAfterError('(run with --help for the usage)')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, subcommandTerm })
    .exitOverride();
  for (const [group, definitions] of Object.entries(GROUPS)) {
    for (const define of definitions) program.addCommand(inherit(define(io), program).helpGroup(group));
  }
  return program.addHelpCommand(helpDefinition());
}

function helpDefinition(): Command {
  return new Command('help')
    .argument('[command]')
    .description('print the help of a command')
    .helpGroup('Look after it:');
}

function subcommandTerm(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...names].join(' ');
}

/** Subcommands that are added ready-made do not take over the settings of their parent. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent).helpOption('-h, --help', 'print this help');
  for (const child of command.commands) inherit(child, command);
  return command;
}
