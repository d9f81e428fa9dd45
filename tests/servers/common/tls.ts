/** TLS of a test server: how it is asked for, and what a client needs. */
import { createCertificateAuthority, type ServerCertificate } from "./certificate.ts";

export interface TlsOptions {
  /**
   * The DNS names that the certificate is for.
   *
   * @default {["localhost"]}
   */
  readonly names?: readonly string[];
  /**
   * Refuse connections without TLS.
   *
   * @default {false}
   */
  readonly required?: boolean;
}

/** What a client of a TLS server needs, as PEM. */
export interface ServerTls {
  /** The authority that signed the server's certificate. */
  readonly ca: string;
  /** An authority that did not. */
  readonly otherCa: string;
}

/** A server's certificate, and the authorities to try it with. */
export interface IssuedTls {
  readonly certificate: ServerCertificate;
  readonly authorities: ServerTls;
  /** Refuse connections without TLS. */
  readonly required: boolean;
}

/** A certificate as asked for, undefined when none was. */
export function issueTls(wanted: boolean | TlsOptions | undefined): IssuedTls | undefined {
  if (!wanted) return undefined;
  const { names = ["localhost"], required = false } = wanted === true ? {} : wanted;
  const authority = createCertificateAuthority("test authority");
  const other = createCertificateAuthority("other authority");
  return {
    certificate: authority.issue(names),
    authorities: { ca: authority.certificate, otherCa: other.certificate },
    required,
  };
}
