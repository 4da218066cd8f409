import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where the journals of restores lie on this machine, as the XDG base directory specification says. */
export function restoresDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const state = env['XDG_STATE_HOME'] ?? '';
  const home = env['HOME'] ?? homedir();
  return join(isAbsolute(state) ? state : join(home, '.local', 'state'), 'backup-plan', 'restores');
}
