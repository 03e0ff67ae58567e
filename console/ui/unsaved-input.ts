/** Of what is shown, each that holds something unsaved. */
const holders = new Set<object>();

/** Whether leaving this page would lose something. */
export function hasUnsavedInput(): boolean {
  return holders.size > 0;
}

/** Answers what ends that. */
export function holdUnsavedInput(): () => void {
  const holder = {};
  holders.add(holder);
  return () => {
    holders.delete(holder);
  };
}
