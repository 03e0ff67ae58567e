/** What `holdfast doctor` says of one thing that it looked at. */
export interface Finding {
  readonly state: 'fine' | 'warning' | 'wrong';
  readonly what: string;
  readonly remedy?: string;
}
