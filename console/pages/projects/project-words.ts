/** "1 component", "3 components", "no components". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return count === 0 ? `no ${many}` : `${count.toLocaleString()} ${count === 1 ? one : many}`;
}
