/** What a failure of a target says, for a line that names the target already. */
export function plainReason(target: string, message: string): string {
  const prefix = `target ${target}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
