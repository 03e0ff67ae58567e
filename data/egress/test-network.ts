/** For tests, in which a service with a public name and port runs on this machine. */
export interface TestNetwork {
  /** Certificates in PEM to trust in place of the public ones. */
  readonly ca?: string;
  /** The port to dial in place of the one that was vetted. */
  readonly portOf?: (port: number) => number;
}
