/** Whether Node does not accept the certificate of the other side, by its code. */
export function isCertificateCode(code: string): boolean {
  return code in CERTIFICATE_WORDS || /^(CERT|UNABLE_TO|ERR_TLS)_/.test(code);
}

const STRANGER = 'the certificate of the store is signed by an authority that is not trusted';
const OTHER_HOST = 'the certificate of the store is that of another host';

export const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: STRANGER,
  DEPTH_ZERO_SELF_SIGNED_CERT: STRANGER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: STRANGER,
  UNABLE_TO_GET_ISSUER_CERT: STRANGER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: STRANGER,
  CERT_SIGNATURE_FAILURE: STRANGER,
  CERT_HAS_EXPIRED: 'the certificate of the store has expired',
  CERT_NOT_YET_VALID: 'the certificate of the store is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_HOST,
};

const HINTS: Readonly<Record<string, string>> = {
  [STRANGER]: 'Let `caFile` name the PEM file of the authority that signed it, got from the administrator.',
  [OTHER_HOST]: 'Write the host in `endpoint` as the certificate has it.',
};

export function certificateHint(code: string): string | undefined {
  return HINTS[CERTIFICATE_WORDS[code] ?? ''];
}
