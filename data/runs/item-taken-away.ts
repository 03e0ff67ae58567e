/** The item is not this process's any more: nothing was noted. */
export class ItemTakenAway extends Error {
  override readonly name = 'ItemTakenAway';
}
