import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Authority {
  /** PEM file of its own certificate. */
  readonly caFile: string;
  /** A key and a certificate for one host, as `IP:127.0.0.1` or `DNS:store.test`. */
  issue(host: string): { readonly key: string; readonly cert: string };
}

/** An authority that lives in a folder of a test, made by openssl. All have the same name. */
export function createAuthority(folder: string, label: string): Authority {
  const path = (name: string): string => join(folder, `${label}-${name}`);
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const [caKey, caFile] = [path('ca.key'), path('ca.pem')];
  const subject = ['-subj', '/CN=Test Authority'];
  openssl('req', '-x509', ...newKey, '-keyout', caKey, '-out', caFile, '-days', '2', ...subject);
  let issued = 0;
  return {
    caFile,
    issue: (host) => {
      issued += 1;
      const [key, request, cert, extension] = ['key', 'csr', 'pem', 'ext'].map((ending) =>
        path(`${String(issued)}.${ending}`),
      ) as [string, string, string, string];
      writeFileSync(extension, `subjectAltName=${host}\n`);
      openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', '/CN=store');
      const from = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-extfile', extension];
      openssl('x509', '-req', '-in', request, '-out', cert, '-days', '2', ...from);
      return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    },
  };
}
